import * as vscode from "vscode";
import { type Command, requestLimitMs } from "./command.ts";
import { pickRun } from "./pick.ts";

const maxLength = 20_000;

/** Sends words to the agents at work and to those that start later. */
export const steerRun: Command = async ({ team }, argument) => {
  const picked = await pickRun(team, argument, {
    placeHolder: vscode.l10n.t("Which run do you want to steer?"),
    none: vscode.l10n.t("No run is under way."),
    fits: (run) => run.finishedAt === null,
  });
  if (picked === undefined) return;
  const message = await vscode.window.showInputBox({
    title: vscode.l10n.t("Steer Run"),
    ignoreFocusOut: true,
    prompt: vscode.l10n.t("The agents read it before their next step."),
    validateInput: (value) =>
      value.length > maxLength ? vscode.l10n.t("At most {0} characters", maxLength) : undefined,
  });
  if (message === undefined || message.trim() === "") return;
  const { session, run } = picked;
  await session.request(
    "run/steer",
    { runId: run.runId, message: message.trim() },
    AbortSignal.timeout(requestLimitMs),
  );
};
