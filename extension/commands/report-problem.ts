import * as vscode from "vscode";
import { isHostError, messageOf } from "../../agent-host/core/host-error.ts";
import type { Team } from "../team.ts";

/** Shows what went wrong and what to do, and logs it. A cancelled command says nothing. */
export async function reportProblem(team: Team, error: unknown): Promise<void> {
  if (error instanceof vscode.CancellationError || (error instanceof Error && error.name === "AbortError"))
    return;
  const hint = isHostError(error) && error.hint !== undefined ? `. ${error.hint}` : "";
  const code = isHostError(error) ? ` (${error.code})` : "";
  team.log.error(`${messageOf(error)}${hint}${code}`);
  const restart = vscode.l10n.t("Restart Host");
  const logs = vscode.l10n.t("Show Logs");
  const isHostGone = isHostError(error) && error.code.startsWith("host.");
  const choices = isHostGone ? [restart, logs] : [logs];
  const chosen = await vscode.window.showErrorMessage(`${messageOf(error)}${hint}${code}`, ...choices);
  if (chosen === restart) await vscode.commands.executeCommand("agentTeam.restartHost");
  if (chosen === logs) await vscode.commands.executeCommand("agentTeam.showLogs");
}
