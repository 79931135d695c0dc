import * as vscode from "vscode";
import { isRunRef } from "../team.ts";
import { runRow } from "../views/tasks-model.ts";
import { rowLanguage } from "../views/tree-item.ts";
import type { Command } from "./command.ts";

/** Shows a run in the Team view. */
export const openRun: Command = async ({ teamView }, argument) => {
  if (isRunRef(argument)) await teamView.show({ workspaceId: argument.workspaceId, runId: argument.runId });
};

/** Shows the composer in the Team view. */
export const newRun: Command = async ({ teamView }) => {
  await teamView.compose();
};

/** Copies the id of a run or task. */
export const copyId: Command = async (_context, argument) => {
  if (!isRunRef(argument)) return;
  const taskId = "taskId" in argument && typeof argument.taskId === "string" ? argument.taskId : null;
  await vscode.env.clipboard.writeText(taskId ?? argument.runId);
};

/** Says in one sentence how the newest run stands, for people who use a screen reader. */
export const readRunStatus: Command = async ({ team }) => {
  const { sessions } = await team.workspaces();
  const runs = sessions.flatMap((session) =>
    [...session.state.runs.values()].map((run) => ({ workspaceId: session.workspaceId, folder: "", run })),
  );
  const newest = runs.sort((one, other) => other.run.createdAt.localeCompare(one.run.createdAt))[0];
  const text =
    newest === undefined ? vscode.l10n.t("There is no run yet.") : runRow(newest, rowLanguage()).spoken;
  void vscode.window.showInformationMessage(text);
};
