import * as vscode from "vscode";
import { changeUri } from "../review/change-documents.ts";
import { maxComments } from "../review/comment-drafts.ts";
import { atCursor, hunkTarget } from "../review/hunk-target.ts";
import { isRunRef } from "../team.ts";
import type { Command } from "./command.ts";
import { tellNoPart } from "./keep-part.ts";
import { pickChange } from "./open-changes.ts";

/** Opens a comment to write at the part at the cursor, or at the one that is named. */
export const commentHunk: Command = async ({ changes }, argument) => {
  const target = hunkTarget(changes.changes, argument);
  if (target === undefined) return tellNoPart();
  const { run, path, hunk } = target;
  const document = await vscode.workspace.openTextDocument(changeUri({ ...run, path, side: "after" }));
  const line = Math.min(hunk.spans.after.last, document.lineCount - 1);
  changes.comments.begin(document.uri, line);
};

/** Keeps what was written into a new thread. Called by the editor with the thread and the words. */
export const addReviewComment: Command = async ({ changes }, argument) => {
  if (!isReply(argument)) return;
  if (await changes.comments.add(argument.thread, argument.text)) return;
  void vscode.window.showWarningMessage(
    vscode.l10n.t("A review has at most {0} comments. Send these back first.", maxComments),
  );
};

export const editReviewComment: Command = async ({ changes }, argument) => changes.comments.edit(argument);

export const saveReviewComment: Command = async ({ changes }, argument) =>
  await changes.comments.endEdit(argument, true);

export const cancelReviewComment: Command = async ({ changes }, argument) =>
  await changes.comments.endEdit(argument, false);

export const deleteReviewComment: Command = async ({ changes }, argument) =>
  await changes.comments.remove(argument);

/** Opens the review where the comments in the change are signed and sent. Sends nothing by itself. */
export const sendBack: Command = async (context, argument) => {
  const { inbox, review } = context;
  const run = isRunRef(argument)
    ? argument
    : (atCursor()?.named ?? (await pickChange(context, { state: "proposed" })));
  if (run === undefined) return;
  const item = inbox.items.find(
    ({ kind, workspaceId, runId }) =>
      kind === "gate" && workspaceId === run.workspaceId && runId === run.runId,
  );
  if (item === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("No gate of this run waits at the moment. Your comments are kept until one does."),
    );
    return;
  }
  await review.show(item, "sendBack");
};

function isReply(value: unknown): value is vscode.CommentReply {
  return typeof value === "object" && value !== null && "thread" in value && "text" in value;
}
