import * as vscode from "vscode";
import type { RunSummary } from "../../agent-host/protocol/run.ts";
import type { FolderSession } from "../host/folder-session.ts";
import { countsText, statusWord } from "../views/tasks-model.ts";
import { rowLanguage } from "../views/tree-item.ts";
import { type CommandContext, requestLimitMs } from "./command.ts";

/** Shows a run's progress with a way to cancel until it ends, then how it ended and the next step. */
export async function followRun(
  context: CommandContext,
  session: FolderSession,
  runId: string,
): Promise<void> {
  const title = vscode.l10n.t("Agent Team");
  const run = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (progress, token) => untilEnd(session, runId, { progress, token, context }),
  );
  if (run === undefined || run.finishedAt === null || context.teamView.isVisible) return;
  await tellEnd(session, run);
}

interface Following {
  readonly progress: vscode.Progress<{ message?: string; increment?: number }>;
  readonly token: vscode.CancellationToken;
  readonly context: CommandContext;
}

async function untilEnd(
  session: FolderSession,
  runId: string,
  { progress, token, context }: Following,
): Promise<RunSummary | undefined> {
  const cancelling = token.onCancellationRequested(() => {
    progress.report({ message: vscode.l10n.t("cancelling…") });
    session
      .request("run/cancel", { runId }, AbortSignal.timeout(requestLimitMs))
      .catch((error: unknown) => context.team.log.error(String(error)));
  });
  let subscription: vscode.Disposable | undefined;
  try {
    return await new Promise<RunSummary | undefined>((resolve) => {
      const look = (): void => {
        const run = session.state.runs.get(runId);
        // A run that waits for a person has the badge and the status bar; that may take days.
        if (run === undefined || run.finishedAt !== null || run.status === "waiting") resolve(run);
        else if (!token.isCancellationRequested) progress.report({ message: progressText(session, run) });
      };
      subscription = context.team.onEvent((event) => {
        if (event.kind === "folders") {
          // The folder was closed: the run goes on in its host, but nobody here follows it.
          if (context.team.session(session.workspaceId) !== session) resolve(undefined);
        } else if (event.session === session) look();
      });
      look();
    });
  } finally {
    cancelling.dispose();
    subscription?.dispose();
  }
}

function progressText(session: FolderSession, run: RunSummary): string {
  if (session.link.state.kind === "retrying") return vscode.l10n.t("the host stopped and is being restarted");
  const phase = run.phase ?? vscode.l10n.t("preparing");
  const { finished, total } = run.tasks;
  return total === 0 ? phase : vscode.l10n.t("{0}, {1} of {2} tasks", phase, finished, total);
}

async function tellEnd(session: FolderSession, run: RunSummary): Promise<void> {
  const language = rowLanguage();
  const { workspaceId } = session;
  const ref = { workspaceId, runId: run.runId };
  const report = language.t("Show Report");
  const problems = language.t("Show Problems");
  const view = language.t("Show Run");
  if (run.status !== "done") {
    const text = language.t("The run {0}: {1}", statusWord(run.status, language.t), run.title);
    const chosen =
      run.status === "failed"
        ? await vscode.window.showErrorMessage(text, view)
        : await vscode.window.showInformationMessage(text, view);
    if (chosen === view) await vscode.commands.executeCommand("agentTeam.openRun", ref);
    return;
  }
  // What it changed is told with the buttons that go with it.
  if (hasApplied(session, run.runId)) return;
  const text = language.t("The run is done: {0}", countsText(run.findings, language));
  const chosen = await vscode.window.showInformationMessage(text, report, problems);
  if (chosen === report) await vscode.commands.executeCommand("agentTeam.showReport", ref);
  if (chosen === problems) await vscode.commands.executeCommand("agentTeam.showFindings", ref);
}

function hasApplied(session: FolderSession, runId: string): boolean {
  const run = session.state.details.get(runId);
  return run !== undefined && run.appliedTree !== null && run.appliedTree !== run.baseTree;
}
