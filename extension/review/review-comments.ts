import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import { changeUri } from "./change-documents.ts";
import { type ChangeSide, changeSideOf, runKey } from "./change-uri.ts";
import { type DraftComment, lineIn, maxComments } from "./comment-drafts.ts";
import type { ReviewParts } from "./review-parts.ts";

/** The comment of a thread: one thread, one comment. */
class ThreadComment implements vscode.Comment {
  body: string | vscode.MarkdownString;
  mode = vscode.CommentMode.Preview;
  readonly author: vscode.CommentAuthorInformation;
  readonly contextValue = "draft";
  readonly label: string;
  /** What stands while it is not edited. */
  words: string;
  readonly thread: vscode.CommentThread;

  constructor(words: string, thread: vscode.CommentThread) {
    this.words = words;
    this.thread = thread;
    this.body = plain(words);
    this.author = { name: vscode.l10n.t("You") };
    this.label = vscode.l10n.t("not sent yet");
  }
}

interface Shown {
  readonly run: RunRef;
  readonly draft: DraftComment;
  readonly thread: vscode.CommentThread;
}

/** Comments at lines of a change, in the editor's own way. They wait in `CommentDrafts` until they are sent. */
export class ReviewComments implements vscode.Disposable {
  private readonly controller: vscode.CommentController;
  private readonly shown = new Map<string, Shown>();
  private readonly parts: ReviewParts;
  private readonly subscriptions: { dispose(): void }[];

  constructor(parts: ReviewParts) {
    this.parts = parts;
    this.controller = vscode.comments.createCommentController(
      "agentTeam.review",
      vscode.l10n.t("Agent Team"),
    );
    this.controller.options = {
      prompt: vscode.l10n.t("Write to the team…"),
      placeHolder: vscode.l10n.t("What should be different here?"),
    };
    this.controller.commentingRangeProvider = {
      provideCommentingRanges: (document) => this.ranges(document),
    };
    this.subscriptions = [
      this.controller,
      parts.drafts.onChange.subscribe((run) => this.sync(run)),
      vscode.workspace.onDidOpenTextDocument(({ uri }) => this.opened(uri)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.followLines(document)),
    ];
    for (const { uri } of vscode.workspace.textDocuments) this.opened(uri);
  }

  /** Opens a new comment to be written at a 0-based line. */
  begin(uri: vscode.Uri, line: number): void {
    const thread = this.controller.createCommentThread(uri, lineRange(line + 1), []);
    thread.canReply = true;
    thread.label = vscode.l10n.t("Comment for the team");
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
  }

  /** Keeps what was written into a new thread. False: there are too many. */
  async add(thread: vscode.CommentThread, words: string): Promise<boolean> {
    const named = changeSideOf(thread.uri);
    if (named === null || words.trim() === "") return true;
    const line = (thread.range?.start.line ?? 0) + 1;
    const document = await vscode.workspace.openTextDocument(thread.uri);
    const lineText = line <= document.lineCount ? document.lineAt(line - 1).text : "";
    const draft = { id: randomUUID(), path: named.path, line, lineText, words: words.trim() };
    this.show(runOf(named), draft, thread);
    if (await this.parts.drafts.put(runOf(named), draft)) return true;
    this.shown.delete(draft.id);
    thread.dispose();
    return false;
  }

  async remove(comment: unknown): Promise<void> {
    const shown = this.of(comment);
    if (shown !== undefined) await this.parts.drafts.remove(shown.run, [shown.draft.id]);
  }

  /** Turns a comment into a box to write in. */
  edit(comment: unknown): void {
    if (!(comment instanceof ThreadComment)) return;
    comment.body = comment.words;
    comment.mode = vscode.CommentMode.Editing;
    redraw(comment);
  }

  /** Ends the editing; `isKept`: with what was written. */
  async endEdit(comment: unknown, isKept: boolean): Promise<void> {
    const shown = this.of(comment);
    if (!(comment instanceof ThreadComment) || shown === undefined) return;
    const written = typeof comment.body === "string" ? comment.body : comment.body.value;
    if (isKept && written.trim() === "") return await this.remove(comment);
    if (isKept) comment.words = written.trim();
    comment.body = plain(comment.words);
    comment.mode = vscode.CommentMode.Preview;
    redraw(comment);
    if (!isKept) return;
    const draft = { ...shown.draft, words: comment.words };
    this.shown.set(draft.id, { ...shown, draft });
    await this.parts.drafts.put(shown.run, draft);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private ranges(document: vscode.TextDocument): vscode.Range[] {
    const named = changeSideOf(document.uri);
    if (named === null || named.side !== "after" || !this.parts.isOpen(named)) return [];
    return [new vscode.Range(0, 0, document.lineCount - 1, 0)];
  }

  private opened(uri: vscode.Uri): void {
    const named = changeSideOf(uri);
    if (named !== null && named.side === "after") this.sync(runOf(named));
  }

  /** Makes the threads those of the drafts. */
  private sync(run: RunRef): void {
    const drafts = this.parts.drafts.of(run);
    const wanted = new Set(drafts.map(({ id }) => id));
    for (const [id, shown] of this.shown) {
      if (runKey(shown.run) !== runKey(run) || wanted.has(id)) continue;
      this.shown.delete(id);
      shown.thread.dispose();
    }
    for (const draft of drafts.slice(0, maxComments)) {
      if (this.shown.has(draft.id)) continue;
      const uri = changeUri({ ...run, path: draft.path, side: "after" });
      this.show(run, draft, this.controller.createCommentThread(uri, lineRange(draft.line), []));
    }
  }

  private show(run: RunRef, draft: DraftComment, thread: vscode.CommentThread): void {
    thread.comments = [new ThreadComment(draft.words, thread)];
    thread.canReply = false;
    thread.label = vscode.l10n.t("To the team, with “Send Back”");
    thread.contextValue = "draft";
    this.shown.set(draft.id, { run, draft, thread });
  }

  /** After parts went out of a file, its comments stand where their lines are now. */
  private followLines(document: vscode.TextDocument): void {
    const named = changeSideOf(document.uri);
    if (named === null || named.side !== "after") return;
    const text = document.getText();
    for (const [id, shown] of this.shown) {
      const { draft, run, thread } = shown;
      if (runKey(run) !== runKey(named) || draft.path !== named.path) continue;
      const line = lineIn(text, draft);
      if (line === draft.line) continue;
      const moved = { ...draft, line };
      this.shown.set(id, { ...shown, draft: moved });
      thread.range = lineRange(line);
      this.parts.drafts
        .put(run, moved)
        .catch((error: unknown) => this.parts.team.log.warn(`A comment was not kept: ${messageOf(error)}`));
    }
  }

  private of(comment: unknown): Shown | undefined {
    if (!(comment instanceof ThreadComment)) return undefined;
    return [...this.shown.values()].find(({ thread }) => thread === comment.thread);
  }
}

/** Shown as it was written: no link or picture comes out of it. */
function plain(words: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendText(words);
}

function redraw({ thread }: ThreadComment): void {
  thread.comments = [...thread.comments];
}

function runOf({ workspaceId, runId }: ChangeSide): RunRef {
  return { workspaceId, runId };
}

function lineRange(line: number): vscode.Range {
  return new vscode.Range(line - 1, 0, line - 1, 0);
}
