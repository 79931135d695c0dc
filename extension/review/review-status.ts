import * as vscode from "vscode";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import { rowLanguage } from "../views/tree-item.ts";
import { type ChangeSide, changeSideOf, runKey } from "./change-uri.ts";
import { countHunks, readPlaces, totalOf } from "./count-hunks.ts";
import type { ReviewParts } from "./review-parts.ts";

const readLimitMs = 60_000;

/**
 * While an editor shows a change: "7 of 12 reviewed" in the status bar, and the context keys `agentTeam.changeEditor`
 * (`open`: parts can be discarded; `closed`: it can only be read; `none`) for menus and keys.
 */
export class ReviewStatus implements vscode.Disposable {
  private item: vscode.StatusBarItem | undefined;
  private key = "none";
  private readonly parts: ReviewParts;
  private readonly subscriptions: { dispose(): void }[];

  constructor(parts: ReviewParts) {
    this.parts = parts;
    const update = (): void => this.update();
    this.subscriptions = [
      vscode.window.onDidChangeActiveTextEditor(update),
      vscode.window.tabGroups.onDidChangeTabs(update),
      parts.kept.onChange.subscribe(update),
      parts.documents.onDidLoad(update),
      parts.book.onChange.subscribe(update),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.item?.dispose();
  }

  private update(): void {
    const named = changeInFront();
    // Who writes a comment in a change still looks at it.
    if (named === "comment") return;
    this.setKey(named === null ? "none" : this.parts.isOpen(named) ? "open" : "closed");
    if (named === null) {
      this.item?.hide();
      return;
    }
    const { workspaceId, runId } = named;
    this.show({ workspaceId, runId }).catch((error: unknown) => this.parts.team.log.warn(messageOf(error)));
  }

  private async show(run: RunRef): Promise<void> {
    const { changes, team } = this.parts;
    const session = team.session(run.workspaceId);
    if (session === undefined) return;
    const signal = AbortSignal.timeout(readLimitMs);
    const files = await changes.files(run, session, signal);
    await readPlaces(changes, { run, files }, session, signal);
    const named = changeInFront();
    // Something else is looked at by now.
    if (named === null || named === "comment" || runKey(named) !== runKey(run)) return;
    const { t } = rowLanguage();
    const { reviewed, total } = totalOf(countHunks(this.parts, run, files));
    const item = this.statusItem();
    item.text = `$(checklist) ${t("{0} of {1} reviewed", reviewed, total)}`;
    item.tooltip = t("{0} of {1} hunks of this change are reviewed. Show the run", reviewed, total);
    item.accessibilityInformation = {
      label: t("{0} of {1} hunks reviewed", reviewed, total),
      role: "button",
    };
    item.command = { command: "agentTeam.reviewNext", title: t("Review"), arguments: [run] };
    item.show();
  }

  private statusItem(): vscode.StatusBarItem {
    this.item ??= vscode.window.createStatusBarItem("agentTeam.review", vscode.StatusBarAlignment.Left, 40);
    this.item.name = vscode.l10n.t("Agent Team: Review");
    return this.item;
  }

  private setKey(key: string): void {
    if (this.key === key) return;
    this.key = key;
    void vscode.commands.executeCommand("setContext", "agentTeam.changeEditor", key);
  }
}

/** The change that the editor in front shows, also while its tab alone has the focus; `comment`: words for it. */
function changeInFront(): ChangeSide | "comment" | null {
  const uri = vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme === "comment") return "comment";
  const named = uri === undefined ? null : changeSideOf(uri);
  if (named !== null) return named;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return uri === undefined && input instanceof vscode.TabInputTextDiff ? changeSideOf(input.modified) : null;
}
