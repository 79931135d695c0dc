import * as vscode from "vscode";
import { type Command, requestLimitMs } from "./command.ts";
import { pickRun } from "./pick.ts";

/** Pauses a run at its next step; it goes on with Resume Run. */
export const pauseRun: Command = async ({ team }, argument) => {
  const picked = await pickRun(team, argument, {
    placeHolder: vscode.l10n.t("Which run shall pause?"),
    none: vscode.l10n.t("No run is under way."),
    fits: (run) => run.status === "running" || run.status === "waiting",
  });
  if (picked === undefined) return;
  const { session, run } = picked;
  await session.request("run/pause", { runId: run.runId }, AbortSignal.timeout(requestLimitMs));
};
