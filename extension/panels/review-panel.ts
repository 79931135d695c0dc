import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { HostError, messageOf } from "../../agent-host/core/host-error.ts";
import { decisionText } from "../../agent-host/protocol/decision.ts";
import {
  type Choice,
  type FromReviewView,
  fromReviewViewSchema,
  type ReviewDraft,
  type ReviewFocus,
  type ReviewView,
  type ToReviewView,
} from "../../agent-host/protocol/review-view.ts";
import { reviewWords } from "../../agent-host/protocol/review-words.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import { plainProblem } from "../commands/plain-problem.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { ApproverKeys } from "../inbox/approver-keys.ts";
import { decide, decisionOf } from "../inbox/decide.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { isSameWait, type WaitingItem, type WaitingRef } from "../inbox/waiting-item.ts";
import type { ChangeReview } from "../review/change-review.ts";
import type { Team } from "../team.ts";
import { rowLanguage } from "../views/tree-item.ts";
import { webviewPageHtml } from "../views/webview-page.ts";
import { gateChanges } from "./gate-changes.ts";
import { noChanges, reviewOf } from "./review-model.ts";
import { ReviewPanelMarks } from "./review-panel-marks.ts";

export interface ReviewPanelParts {
  readonly team: Team;
  readonly inbox: Inbox;
  readonly keys: ApproverKeys;
  readonly changes: ChangeReview;
}

const requestLimitMs = 60_000;

/** The review of one thing that waits, in an editor tab. Holds the item it shows: what is signed is that item. */
export class ReviewPanel implements vscode.Disposable {
  private item: WaitingItem | undefined;
  private focus: ReviewFocus = "none";
  private isReady = false;
  /** The person's own answer is on its way: that the item goes is then no news. */
  private isSigning = false;
  /** The run whose gate was shown and is made anew because its tree changed: the review goes on with it. */
  private awaited: WaitingRef | undefined;
  /** How the last review ended, as the page shows it. */
  private ended: Extract<ToReviewView, { kind: "decided" | "gone" }> | undefined;
  private readonly marks: ReviewPanelMarks;
  private readonly parts: ReviewPanelParts;
  private readonly panel: vscode.WebviewPanel;
  private readonly subscriptions: { dispose(): void }[];

  constructor(parts: ReviewPanelParts) {
    this.parts = parts;
    const { extensionUri } = parts.team;
    const root = vscode.Uri.joinPath(extensionUri, "dist", "webview");
    this.panel = vscode.window.createWebviewPanel(
      "agentTeam.review",
      vscode.l10n.t("Review"),
      vscode.ViewColumn.Active,
      // Ticks and a comment must not be lost because another tab was looked at.
      { enableScripts: true, localResourceRoots: [root], retainContextWhenHidden: true },
    );
    this.subscriptions = [
      this.panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      parts.inbox.onChange.subscribe(() => this.followInbox()),
    ];
    this.marks = new ReviewPanelMarks(parts.changes, (message) => this.post(message));
    this.panel.webview.html = pageHtml(this.panel.webview, root);
  }

  onDidDispose(listener: () => void): vscode.Disposable {
    return this.panel.onDidDispose(listener);
  }

  async show(item: WaitingItem, focus: ReviewFocus): Promise<void> {
    this.item = item;
    this.awaited = undefined;
    this.ended = undefined;
    this.focus = focus;
    this.isSigning = false;
    const { t } = rowLanguage();
    this.panel.title =
      item.kind === "gate"
        ? t("Gate: {0}", item.gate.subject.phase)
        : t("Approval: {0}", item.approval.subject.tool);
    this.panel.reveal();
    await this.sendReview();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.marks.dispose();
    this.panel.dispose();
  }

  private receive(message: unknown): void {
    const parsed = fromReviewViewSchema.safeParse(message);
    if (!parsed.success) {
      this.parts.team.log.warn("The review sent a message that does not fit; it was left out");
      return;
    }
    this.carryOut(parsed.data).catch((error: unknown) => this.tell(error));
  }

  private async carryOut(message: FromReviewView): Promise<void> {
    switch (message.kind) {
      case "ready":
        this.isReady = true;
        return await this.sendReview();
      case "preview":
        return this.preview(message.digest, message.choice);
      case "decide":
        return await this.decide(message.digest, message.choice);
      case "keep":
        return await this.keepDraft(message.digest, message.draft);
      case "openChanges":
        return await this.openChanges(message.path);
      case "discardFile":
        return await this.discardFile(message.digest, message.path);
      case "openRun":
        return await this.openRun();
      case "next":
        return await this.next();
    }
  }

  /** Shown from the same code that makes what is signed. */
  private preview(digest: string, choice: Choice): void {
    const { item } = this;
    if (item === undefined || item.digest !== digest) return;
    this.post({ kind: "preview", digest, text: previewText(item, choice) });
  }

  private async decide(digest: string, choice: Choice): Promise<void> {
    const { item } = this;
    // The page answered for something else than what is shown by now.
    if (item === undefined || item.digest !== digest || this.isSigning) return;
    const { inbox, keys } = this.parts;
    this.isSigning = true;
    this.post({ kind: "signing", digest });
    try {
      const session = this.session(item);
      const standing = inbox.standing(item.workspaceId);
      const signal = AbortSignal.timeout(requestLimitMs);
      const outcome = await decide({ session, keys, standing }, item, choice, signal);
      if (outcome.kind === "decided") await this.answered(item, choice);
      this.item = undefined;
      inbox.forget(item);
      const more = inbox.mine.length;
      this.end(
        outcome.kind === "decided"
          ? { kind: "decided", digest, seq: outcome.seq, more }
          : { kind: "gone", digest, message: outcome.message, more },
      );
    } finally {
      this.isSigning = false;
    }
  }

  /** Nothing of an answered review is kept; comments that went to the team are not shown again. */
  private async answered(item: WaitingItem, choice: Choice): Promise<void> {
    const { changes } = this.parts;
    await changes.reviewDrafts.set(item.digest, undefined);
    if (item.kind !== "gate" || choice.answer !== "reject" || item.runId === null) return;
    await changes.sent({ workspaceId: item.workspaceId, runId: item.runId }, choice.comment);
  }

  private async keepDraft(digest: string, draft: ReviewDraft): Promise<void> {
    if (this.item?.digest === digest) await this.parts.changes.reviewDrafts.set(digest, draft);
  }

  private async openChanges(path: string | null): Promise<void> {
    const { item } = this;
    if (item === undefined || item.runId === null) return;
    await this.parts.changes.open({ workspaceId: item.workspaceId, runId: item.runId }, path);
  }

  private async discardFile(digest: string, path: string): Promise<void> {
    const { item } = this;
    if (item?.kind !== "gate" || item.digest !== digest) return;
    const { treeHash, runId } = item.gate.subject;
    if (treeHash === null) return;
    const wanted = { run: { workspaceId: item.workspaceId, runId }, tree: treeHash, part: { path } };
    await this.parts.changes.discarding.discard({ ...wanted, what: visible(path) }, this.session(item));
  }

  /** Another window answered, or the tree changed: what is shown must not be signed as if nothing happened. */
  private followInbox(): void {
    const { item } = this;
    if (item === undefined) {
      this.followAwaited();
      const more = this.parts.inbox.mine.length;
      if (this.item === undefined && this.ended !== undefined && this.ended.more !== more) {
        this.end({ ...this.ended, more });
      }
      return;
    }
    if (this.isSigning) return;
    const now = this.parts.inbox.find(item);
    if (now === undefined) {
      const again = this.isMadeAnew(item);
      if (again) this.awaited = item;
      const message = again
        ? vscode.l10n.t(
            "The change was altered, so its checks run again. The review goes on here with the result.",
          )
        : vscode.l10n.t("It was answered elsewhere, or its run went on or ended.");
      this.item = undefined;
      this.end({ kind: "gone", digest: item.digest, message, more: this.parts.inbox.mine.length });
      // Its successor may have come with the same list.
      this.followAwaited();
      return;
    }
    this.item = now;
    this.sendReview().catch((error: unknown) => this.parts.team.log.warn(messageOf(error)));
  }

  /** Says that the review is over, and how much else waits. */
  private end(message: NonNullable<ReviewPanel["ended"]>): void {
    this.ended = message;
    this.post(message);
  }

  /** A part was discarded: the tree that was shown is no longer the one to be applied. */
  private isMadeAnew(item: WaitingItem): boolean {
    if (item.kind !== "gate" || item.runId === null) return false;
    const run = this.parts.team.session(item.workspaceId)?.state.details.get(item.runId);
    return run !== undefined && run.finishedAt === null && run.tree !== item.gate.subject.treeHash;
  }

  private followAwaited(): void {
    const { awaited } = this;
    if (awaited === undefined) return;
    const next = this.parts.inbox.items.find(
      ({ kind, workspaceId, runId }) =>
        kind === "gate" && workspaceId === awaited.workspaceId && runId === awaited.runId,
    );
    if (next === undefined) return;
    this.item = next;
    this.awaited = undefined;
    this.sendReview().catch((error: unknown) => this.tell(error));
  }

  private async sendReview(): Promise<void> {
    const { item } = this;
    if (!this.isReady || item === undefined) return;
    const review = await this.review(item);
    // Something else was chosen while the host answered.
    if (this.item !== item) return;
    const draft = this.parts.changes.reviewDrafts.get(item.digest) ?? null;
    this.post({ kind: "show", review, focus: this.focus, draft });
    this.focus = "none";
    this.marks.follow(item, review);
  }

  private async review(item: WaitingItem): Promise<ReviewView> {
    const session = this.session(item);
    const signal = AbortSignal.timeout(requestLimitMs);
    const { sessions } = this.parts.team;
    const run = item.runId === null ? null : await session.run(item.runId, signal);
    return reviewOf(
      item,
      {
        folder: sessions.length > 1 ? session.name : "",
        standing: this.parts.inbox.standing(item.workspaceId),
        run,
        changes: await this.changes(item, run, signal),
      },
      rowLanguage().t,
    );
  }

  private async changes(item: WaitingItem, run: RunState | null, signal: AbortSignal) {
    if (item.kind !== "gate" || run === null) return noChanges;
    try {
      return await gateChanges(this.session(item), item, run, signal);
    } catch (error) {
      // The criteria can be judged without them, and the page says that they are missing.
      this.parts.team.log.warn(`Changes of ${item.id} cannot be read: ${messageOf(error)}`);
      return noChanges;
    }
  }

  private async openRun(): Promise<void> {
    const { item } = this;
    if (item === undefined || item.runId === null) return;
    const { workspaceId, runId } = item;
    await vscode.commands.executeCommand("agentTeam.openRun", { workspaceId, runId });
  }

  private async next(): Promise<void> {
    const [next] = this.item === undefined ? this.parts.inbox.mine : this.others(this.item);
    if (next !== undefined) await this.show(next, "none");
  }

  private others(item: WaitingRef): WaitingItem[] {
    return this.parts.inbox.mine.filter((each) => !isSameWait(each, item));
  }

  private session(item: WaitingRef): FolderSession {
    const session = this.parts.team.session(item.workspaceId);
    if (session !== undefined) return session;
    throw new HostError("workspace.closed", "The folder of this run is no longer open in the window");
  }

  private tell(error: unknown): void {
    this.parts.team.log.error(messageOf(error));
    const problem = plainProblem(error, (text) => vscode.l10n.t(text));
    this.post({ kind: "problem", digest: this.item?.digest ?? "", problem });
  }

  private post(message: ToReviewView): void {
    void this.panel.webview.postMessage(message);
  }
}

/** "" while the choice is not one that can be signed. */
function previewText(item: WaitingItem, choice: Choice): string {
  try {
    return decisionText(decisionOf(item, choice));
  } catch {
    // Not complete yet: the page says what is missing.
    return "";
  }
}

function pageHtml(webview: vscode.Webview, root: vscode.Uri): string {
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(root, file)).toString();
  const words = Object.entries(reviewWords).map(([name, word]) => [name, vscode.l10n.t(word)]);
  return webviewPageHtml({
    id: "review",
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString("hex"),
    scriptUri: uri("review.js"),
    styleUris: [uri("codicon.css"), uri("review.css")],
    locale: vscode.env.language,
    title: vscode.l10n.t("Review"),
    words: Object.fromEntries(words),
    kept: "",
  });
}
