import * as vscode from "vscode";
import type { FolderSession } from "../host/folder-session.ts";
import { type Command, type CommandContext, requestLimitMs } from "./command.ts";
import { followRun } from "./follow-run.ts";
import { pickFolder } from "./pick.ts";
import { requestRun } from "./request-run.ts";
import { type RunChoice, runSettings } from "./run-settings.ts";

/** Asks for a goal and starts a run. */
export const startRun: Command = async (context) => {
  const session = await pickFolder(context.team);
  if (session === undefined) return;
  const goal = await vscode.window.showInputBox({
    title: vscode.l10n.t("Start Run"),
    // A goal that is half written must not be lost because a page takes the focus.
    ignoreFocusOut: true,
    prompt: promptText(),
    placeHolder: vscode.l10n.t("For example: where is this code hard to change?"),
    validateInput: (value) =>
      value.length > maxGoalLength ? vscode.l10n.t("At most {0} characters", maxGoalLength) : undefined,
  });
  if (goal === undefined || goal.trim() === "") return;
  await startWith(context, session, goal.trim());
};

const maxGoalLength = 20_000;

function promptText(): string {
  const { profile, provider } = runSettings();
  if (profile === "analysis" && provider === "offline") {
    return vscode.l10n.t(
      "What should the team look for? It reads the whole folder, changes nothing, and works without a model or key.",
    );
  }
  return vscode.l10n.t("What should the team do? Profile {0}, provider {1}.", profile, provider);
}

/** Starts a run with a goal and follows it to its end. Starting a host is part of the progress. */
export async function startWith(
  context: CommandContext,
  session: FolderSession,
  goal: string,
  chosen: RunChoice = {},
): Promise<void> {
  const title = vscode.l10n.t("Agent Team: starting the run");
  const runId = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (_progress, token) => {
      const cancelled = new AbortController();
      token.onCancellationRequested(() => cancelled.abort());
      const signal = AbortSignal.any([cancelled.signal, AbortSignal.timeout(requestLimitMs)]);
      return await requestRun(context.inbox, { session, goal, chosen }, signal);
    },
  );
  await context.teamView.follow({ workspaceId: session.workspaceId, runId });
  await followRun(context, session, runId);
}
