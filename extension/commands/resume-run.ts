import * as vscode from "vscode";
import { isHostError } from "../../agent-host/core/host-error.ts";
import { type Command, requestLimitMs } from "./command.ts";
import { askMoreBudget } from "./more-budget.ts";
import { pickRun } from "./pick.ts";

/** Lets a run that was paused or interrupted go on. */
export const resumeRun: Command = async ({ team, teamView }, argument) => {
  const picked = await pickRun(team, argument, {
    placeHolder: vscode.l10n.t("Which run shall go on?"),
    none: vscode.l10n.t("No run waits to go on."),
    fits: (run) => run.status === "paused" || run.status === "interrupted",
  });
  if (picked === undefined) return;
  const { session, run } = picked;
  const budget = await askMoreBudget(await session.run(run.runId, AbortSignal.timeout(requestLimitMs)));
  if (budget === undefined) return;
  const params = budget === null ? { runId: run.runId } : { runId: run.runId, budget };
  try {
    await session.request("run/resume", params, AbortSignal.timeout(requestLimitMs));
  } catch (error) {
    // The host that was started for it went on with it already.
    if (!isHostError(error) || error.code !== "run.live") throw error;
  }
  await teamView.show({ workspaceId: session.workspaceId, runId: run.runId });
};
