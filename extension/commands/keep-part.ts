import * as vscode from "vscode";
import { fileTarget, hunkTarget } from "../review/hunk-target.ts";
import type { Command } from "./command.ts";

/** Marks the part at the cursor, or the one that is named, as looked at; once more, as not. */
export const keepHunk: Command = async ({ changes }, argument) => {
  const target = hunkTarget(changes.changes, argument);
  if (target === undefined) return tellNoPart();
  const { run, hunk } = target;
  await changes.kept.keep(run, [hunk], !changes.kept.has(run, hunk));
};

/** Marks every part of the file in front as looked at; once more, as not. */
export const keepFile: Command = async ({ changes }, argument) => {
  const named = fileTarget(argument);
  const hunks = named === undefined ? undefined : changes.changes.places(named, named.path)?.hunks;
  if (named === undefined || hunks === undefined) return tellNoFile();
  const isAllKept = hunks.every((hunk) => changes.kept.has(named, hunk));
  const { workspaceId, runId } = named;
  await changes.kept.keep({ workspaceId, runId }, hunks, !isAllKept);
};

/** Lets the editor show "Keep · Discard · Comment" above each part, in all diffs, by its own setting. */
export const showHunkActions: Command = async () => {
  await vscode.workspace
    .getConfiguration()
    .update("diffEditor.codeLens", true, vscode.ConfigurationTarget.Global);
};

export function tellNoPart(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t("Put the cursor into a change first. “Go to Next Change” leads to the next one."),
  );
}

export function tellNoFile(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t("Open a file of a change first: “Agent Team: Open Changes”."),
  );
}
