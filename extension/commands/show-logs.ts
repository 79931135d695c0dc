import * as vscode from "vscode";
import type { Command } from "./command.ts";

/** Opens this window's log, and the logs of the hosts it started. */
export const showLogs: Command = async ({ team }) => {
  team.log.show(true);
  for (const session of team.sessions) await openHostLog(session.logFile);
};

async function openHostLog(file: string): Promise<void> {
  try {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
    await vscode.window.showTextDocument(document, { preview: true, preserveFocus: true });
  } catch {
    // No host was started from an editor yet, so it has no log.
  }
}
