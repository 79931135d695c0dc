import * as vscode from "vscode";
import type { ChangeSummary } from "../../agent-host/protocol/change-set.ts";
import { formatDay, formatTime } from "../../agent-host/protocol/display.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { FolderSession } from "../host/folder-session.ts";
import { changeStateText } from "../review/change-text.ts";
import { atCursor } from "../review/hunk-target.ts";
import { isRunRef } from "../team.ts";
import { rowLanguage } from "../views/tree-item.ts";
import { type Command, type CommandContext, requestLimitMs } from "./command.ts";

/** Opens the change of the run that a row names, or of one that a person chooses, in the editor's own diff. */
export const openChanges: Command = async ({ changes, ...context }, argument) => {
  await context.team.workspaces();
  const run = isRunRef(argument) ? argument : await pickChange({ changes, ...context }, everyState);
  if (run !== undefined) await changes.open(run, null);
};

/** Lists the changes of all runs, and what can be done with the one that is chosen. */
export const listChanges: Command = async (context) => {
  const picked = await chooseChange(context, everyState);
  if (picked === undefined) return;
  const { t } = rowLanguage();
  const { run, change } = picked;
  const actions = [
    { label: `$(diff-multiple) ${t("Open Changes")}`, command: "agentTeam.openChanges" },
    ...(change.state === "applied"
      ? [{ label: `$(discard) ${t("Undo Change")}`, command: "agentTeam.undoChange" }]
      : []),
    ...(change.state === "undone"
      ? [{ label: `$(redo) ${t("Redo Change")}`, command: "agentTeam.redoChange" }]
      : []),
    ...(context.inbox.items.some((item) => item.runId === run.runId)
      ? [{ label: `$(bell) ${t("Review What Waits")}`, command: "agentTeam.reviewNext" }]
      : []),
    { label: `$(list-tree) ${t("Show in Team View")}`, command: "agentTeam.openRun" },
  ];
  const title = visible(change.title);
  const chosen = await vscode.window.showQuickPick(actions, {
    title,
    placeHolder: changeStateText(change, rowLanguage()),
  });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, run);
};

const everyState: WantedChange = { state: null };

export interface WantedChange {
  /** null: any. */
  readonly state: ChangeSummary["state"] | null;
}

/** The run whose change is meant: of the editor in front, the only one that fits, or one that a person chooses. */
export async function pickChange(context: CommandContext, wanted: WantedChange): Promise<RunRef | undefined> {
  const shown = atCursor()?.named;
  if (shown !== undefined) return { workspaceId: shown.workspaceId, runId: shown.runId };
  return (await chooseChange(context, wanted))?.run;
}

interface PickedChange {
  readonly run: RunRef;
  readonly change: ChangeSummary;
}

async function chooseChange(
  context: CommandContext,
  wanted: WantedChange,
): Promise<PickedChange | undefined> {
  const { sessions } = await context.team.workspaces();
  const listed = await Promise.all(sessions.map((session) => changesOf(context, session)));
  const fitting = listed
    .flat()
    .filter(({ change }) => change.files > 0 && (wanted.state === null || change.state === wanted.state))
    .sort((one, other) => other.change.since.localeCompare(one.change.since));
  if (fitting.length === 0) {
    void vscode.window.showInformationMessage(noneText(wanted));
    return undefined;
  }
  if (fitting.length === 1 && wanted.state !== null) return fitting[0];
  const rows = fitting.map((change) => ({ ...rowOf(change, sessions.length > 1), change }));
  const placeHolder = vscode.l10n.t("Which change?");
  const chosen = await vscode.window.showQuickPick(rows, { placeHolder, matchOnDescription: true });
  return chosen?.change;
}

async function changesOf(
  { changes }: CommandContext,
  session: FolderSession,
): Promise<(PickedChange & { readonly folder: string })[]> {
  const { workspaceId, name } = session;
  const listed = await changes.book.read(session, AbortSignal.timeout(requestLimitMs));
  return listed.map((change) => ({ run: { workspaceId, runId: change.runId }, change, folder: name }));
}

function rowOf(
  { change, folder }: PickedChange & { readonly folder: string },
  isFolderNamed: boolean,
): vscode.QuickPickItem {
  const language = rowLanguage();
  const { locale, nowMs, t } = language;
  const time = `${formatDay(change.since, new Date(nowMs), locale)} ${formatTime(change.since, locale)}`;
  return {
    label: change.title === "" ? t("Run without a goal text") : visible(change.title),
    description: [changeStateText(change, language), time, isFolderNamed ? folder : ""]
      .filter(Boolean)
      .join(" · "),
  };
}

function noneText({ state }: WantedChange): string {
  if (state === "applied") return vscode.l10n.t("No change stands in the workspace that could be undone.");
  if (state === "undone") return vscode.l10n.t("No change was undone.");
  return vscode.l10n.t("No run has changed anything yet.");
}
