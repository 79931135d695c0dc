import * as vscode from "vscode";
import { isHostError } from "../../agent-host/core/host-error.ts";
import { type Command, requestLimitMs } from "./command.ts";
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
  try {
    await session.request("run/resume", { runId: run.runId }, AbortSignal.timeout(requestLimitMs));
  } catch (error) {
    // The host that was started for it went on with it already.
    if (!isHostError(error) || error.code !== "run.live") throw error;
  }
  await teamView.show({ workspaceId: session.workspaceId, runId: run.runId });
};
