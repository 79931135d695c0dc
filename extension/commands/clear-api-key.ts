import * as vscode from "vscode";
import type { Command } from "./command.ts";

/** Takes a key out of the editor's store of secrets. A host that runs has it until it ends. */
export const clearApiKey: Command = async ({ team }) => {
  const endpoints = await team.apiKeys.endpoints();
  if (endpoints.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("No API key is stored."));
    return;
  }
  const endpoint =
    endpoints.length === 1
      ? endpoints[0]
      : await vscode.window.showQuickPick(endpoints, {
          placeHolder: vscode.l10n.t("The key of which endpoint?"),
        });
  if (endpoint === undefined) return;
  await team.apiKeys.clear(endpoint);
  const restart = vscode.l10n.t("Restart Host");
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t("The key for {0} is deleted. A host that runs forgets it when it ends.", endpoint),
    restart,
  );
  if (chosen === restart) await vscode.commands.executeCommand("agentTeam.restartHost");
};
