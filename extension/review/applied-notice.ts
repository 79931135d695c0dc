import * as vscode from "vscode";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import type { Team } from "../team.ts";
import { rowLanguage } from "../views/tree-item.ts";
import type { ChangeBook } from "./change-book.ts";
import { filesText } from "./change-text.ts";

/** An end that is told late, as after a reconnect, is no news. */
const newsMs = 60_000;
const requestLimitMs = 30_000;

export interface AppliedNoticeParts {
  readonly team: Team;
  readonly book: ChangeBook;
  /** The end of a run stands in the Team view, with the same buttons. */
  isEndInSight(): boolean;
}

/** Says once that a run's change now stands in the workspace, with what can be done about it. */
export class AppliedNotice implements vscode.Disposable {
  private readonly parts: AppliedNoticeParts;
  private readonly subscription: vscode.Disposable;

  constructor(parts: AppliedNoticeParts) {
    this.parts = parts;
    this.subscription = parts.team.onEvent((event) => this.follow(event));
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private follow(event: WorkspacesEvent): void {
    if (event.kind !== "folder" || event.event.kind !== "entry") return;
    const { type, runId, time, data } = event.event.delivered.entry;
    if (type !== "run.finished" || runId === null || data.status !== "done") return;
    if (Date.now() - Date.parse(time) > newsMs || this.parts.isEndInSight()) return;
    this.tell(event.session, runId).catch((error: unknown) => this.parts.team.log.warn(messageOf(error)));
  }

  private async tell(session: FolderSession, runId: string): Promise<void> {
    const listed = await this.parts.book.read(session, AbortSignal.timeout(requestLimitMs));
    const change = listed.find((each) => each.runId === runId);
    if (change?.state !== "applied" || change.files === 0) return;
    const { t } = rowLanguage();
    const review = t("Review");
    const undo = t("Undo");
    const text = t("{0} changed: {1}", filesText(change.files, t), change.title);
    const chosen = await vscode.window.showInformationMessage(text, review, undo);
    const run = { workspaceId: session.workspaceId, runId };
    if (chosen === review) await vscode.commands.executeCommand("agentTeam.openChanges", run);
    if (chosen === undo) await vscode.commands.executeCommand("agentTeam.undoChange", run);
  }
}
