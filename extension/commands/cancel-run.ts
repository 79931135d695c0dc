import * as vscode from "vscode";
import { type Command, requestLimitMs } from "./command.ts";
import { pickRun } from "./pick.ts";

/** Cancels a run; its journal and what was found so far are kept. */
export const cancelRun: Command = async ({ team }, argument) => {
  const picked = await pickRun(team, argument, {
    placeHolder: vscode.l10n.t("Which run shall be cancelled? What was found so far is kept."),
    none: vscode.l10n.t("No run is under way."),
    fits: (run) => run.finishedAt === null,
  });
  if (picked === undefined) return;
  const { session, run } = picked;
  await session.request("run/cancel", { runId: run.runId }, AbortSignal.timeout(requestLimitMs));
};
