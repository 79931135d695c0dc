import * as vscode from "vscode";
import type { Team } from "../team.ts";
import { plainProblem } from "./plain-problem.ts";

/** Shows what went wrong and what to do, and logs it. A cancelled command says nothing. */
export async function reportProblem(team: Team, error: unknown): Promise<void> {
  if (error instanceof vscode.CancellationError || (error instanceof Error && error.name === "AbortError"))
    return;
  const problem = plainProblem(error, (message) => vscode.l10n.t(message));
  const hint = problem.hint === null ? "" : `. ${problem.hint}`;
  const text = `${problem.message}${hint}${problem.code === null ? "" : ` (${problem.code})`}`;
  team.log.error(text);
  const restart = vscode.l10n.t("Restart Host");
  const logs = vscode.l10n.t("Show Logs");
  const isHostGone = problem.code?.startsWith("host.") === true;
  const choices = isHostGone ? [restart, logs] : [logs];
  const chosen = await vscode.window.showErrorMessage(text, ...choices);
  if (chosen === restart) await vscode.commands.executeCommand("agentTeam.restartHost");
  if (chosen === logs) await vscode.commands.executeCommand("agentTeam.showLogs");
}
