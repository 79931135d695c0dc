import * as vscode from "vscode";
import { type Command, requestLimitMs } from "./command.ts";
import { pickFolder } from "./pick.ts";

/** Ends a folder's host, pausing its runs, and starts a new one that goes on with them. */
export const restartHost: Command = async ({ team }) => {
  const session = await pickFolder(team);
  if (session === undefined) return;
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Agent Team: restarting the host") },
    () => session.link.restart(AbortSignal.timeout(requestLimitMs)),
  );
};
