import * as vscode from "vscode";
import { formatDay, formatTime } from "../../agent-host/protocol/display.ts";
import type { RunSummary } from "../../agent-host/protocol/run.ts";
import type { FolderSession } from "../host/folder-session.ts";
import { isRunRef, type Team } from "../team.ts";
import { sortedRuns, statusWord } from "../views/tasks-model.ts";
import { rowLanguage } from "../views/tree-item.ts";

export interface PickedRun {
  readonly session: FolderSession;
  readonly run: RunSummary;
}

/**
 * The folder a command is for: the only one, or the one a person chooses. Undefined when there is none, after
 * saying why and what to do, or when nothing was chosen.
 */
export async function pickFolder(team: Team): Promise<FolderSession | undefined> {
  if (!(await mayWork())) return undefined;
  const { sessions } = await team.workspaces();
  if (sessions.length <= 1) return sessions[0];
  const items = sessions.map((session) => ({ label: session.name, description: session.folder, session }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t("Which folder?") });
  return chosen?.session;
}

/** The run a command is for: the tree row it was called on, or one that a person chooses of those that fit. */
export async function pickRun(
  team: Team,
  argument: unknown,
  wanted: { readonly placeHolder: string; readonly none: string; fits(run: RunSummary): boolean },
): Promise<PickedRun | undefined> {
  if (!(await mayWork())) return undefined;
  const { sessions } = await team.workspaces();
  const known = sessions.flatMap((session) =>
    [...session.state.runs.values()].map((run) => ({ session, run })),
  );
  if (isRunRef(argument)) {
    return known.find(
      ({ session, run }) => session.workspaceId === argument.workspaceId && run.runId === argument.runId,
    );
  }
  const fitting = known.filter(({ run }) => wanted.fits(run));
  if (fitting.length === 0) {
    void vscode.window.showInformationMessage(wanted.none);
    return undefined;
  }
  if (fitting.length === 1) return fitting[0];
  return await chooseRun(fitting, wanted.placeHolder);
}

async function chooseRun(runs: readonly PickedRun[], placeHolder: string): Promise<PickedRun | undefined> {
  const { t, locale, nowMs } = rowLanguage();
  const listed = runs.map(({ session, run }) => ({
    workspaceId: session.workspaceId,
    folder: session.name,
    run,
  }));
  const items = sortedRuns(listed).map(({ folder, run }) => ({
    label: run.title === "" ? t("Run without a goal text") : run.title,
    description: [
      statusWord(run.status, t),
      `${formatDay(run.createdAt, new Date(nowMs), locale)} ${formatTime(run.createdAt, locale)}`,
      folder,
    ].join(" · "),
    runId: run.runId,
  }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder });
  return runs.find(({ run }) => run.runId === chosen?.runId);
}

async function mayWork(): Promise<boolean> {
  if ((vscode.workspace.workspaceFolders ?? []).length === 0) {
    const open = vscode.l10n.t("Open Folder");
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t("Open a folder to let the team work on it."),
      open,
    );
    if (chosen === open) await vscode.commands.executeCommand("vscode.openFolder");
    return false;
  }
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t("Manage Workspace Trust");
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t("In a folder you don't trust, the team starts nothing. Trust the folder first."),
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand("workbench.trust.manage");
  return false;
}
