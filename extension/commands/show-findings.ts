import * as vscode from "vscode";
import { type Command, requestLimitMs } from "./command.ts";
import { pickRun } from "./pick.ts";

/** Puts a run's findings into the Problems panel and opens it. */
export const showFindings: Command = async ({ team, problems }, argument) => {
  const picked = await pickRun(team, argument, {
    placeHolder: vscode.l10n.t("Findings of which run?"),
    none: vscode.l10n.t("No run has findings yet."),
    fits: (run) => run.findings.error + run.findings.warning + run.findings.info > 0,
  });
  if (picked === undefined) return;
  const signal = AbortSignal.timeout(requestLimitMs);
  const { shown, total } = await problems.show(picked.session, picked.run.runId, signal);
  await vscode.commands.executeCommand("workbench.actions.view.problems");
  if (shown >= total) return;
  const report = vscode.l10n.t("Show Report");
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t("Problems shows the worst {0} of {1} findings. The report has all of them.", shown, total),
    report,
  );
  if (chosen === report) {
    const { workspaceId } = picked.session;
    await vscode.commands.executeCommand("agentTeam.showReport", { workspaceId, runId: picked.run.runId });
  }
};

/** Takes all findings out of the Problems panel; the runs keep theirs. */
export const clearFindings: Command = async ({ problems }) => {
  await problems.clear();
};
