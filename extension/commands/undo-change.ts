import * as vscode from "vscode";
import { isHostError } from "../../agent-host/core/host-error.ts";
import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { FolderSession } from "../host/folder-session.ts";
import { filesText } from "../review/change-text.ts";
import { namedIn } from "../review/named-files.ts";
import { isRunRef } from "../team.ts";
import { rowLanguage } from "../views/tree-item.ts";
import { type Command, type CommandContext, requestLimitMs } from "./command.ts";
import { pickChange } from "./open-changes.ts";

const changeLimitMs = 300_000;
const maxOpenButtons = 3;

/** Takes an applied change back. Nothing is asked: "Redo Change" brings it again. */
export const undoChange: Command = async (context, argument) => await carryOut(context, argument, "undo");

/** Applies a change once more that was undone. */
export const redoChange: Command = async (context, argument) => await carryOut(context, argument, "redo");

type Direction = "undo" | "redo";

async function carryOut(context: CommandContext, argument: unknown, direction: Direction): Promise<void> {
  await context.team.workspaces();
  const state = direction === "undo" ? "applied" : "undone";
  const run = isRunRef(argument) ? argument : await pickChange(context, { state });
  if (run === undefined) return;
  const { changes } = context;
  const session = changes.session(run);
  const files = await changes.changes.files(run, session, AbortSignal.timeout(requestLimitMs));
  const dirty = unsaved(session, files);
  if (dirty.length > 0) return await tellUnsaved(session, dirty, direction);
  const done = await request(session, run, { direction, files });
  if (done !== undefined) await tellDone(run, done, direction);
}

/** How many files changed; undefined: the host refused, and the person was told which files are in the way. */
async function request(
  session: FolderSession,
  run: RunRef,
  { direction, files }: { direction: Direction; files: readonly ChangedFile[] },
): Promise<number | undefined> {
  const title =
    direction === "undo" ? vscode.l10n.t("Undoing the change") : vscode.l10n.t("Applying the change again");
  const { runId } = run;
  const signal = AbortSignal.timeout(changeLimitMs);
  try {
    const answer = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
      session.request(direction === "undo" ? "change/undo" : "change/apply", { runId }, signal),
    );
    return answer.files;
  } catch (error) {
    const named = isHostError(error) ? namedIn([error.message, error.hint ?? ""].join("\n"), files) : [];
    if (!isHostError(error) || named.length === 0) throw error;
    const hint = error.hint === undefined ? "" : ` ${error.hint}.`;
    await offerFiles(session, named, `${error.message}.${hint}`);
    return undefined;
  }
}

/** Files of the change that are open in this window with words that are not saved. */
function unsaved({ folder }: FolderSession, files: readonly ChangedFile[]): string[] {
  const open = new Set(
    vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty).map(({ uri }) => uri.toString()),
  );
  return files.map(({ path }) => path).filter((path) => open.has(fileUri(folder, path).toString()));
}

async function tellUnsaved(
  session: FolderSession,
  dirty: readonly string[],
  direction: Direction,
): Promise<void> {
  const names = dirty.map(visible).join(", ");
  const text =
    direction === "undo"
      ? vscode.l10n.t(
          "Nothing was undone: {0} has changes that are not saved. Save or revert them first.",
          names,
        )
      : vscode.l10n.t(
          "Nothing was applied: {0} has changes that are not saved. Save or revert them first.",
          names,
        );
  await offerFiles(session, dirty, text);
}

async function offerFiles(session: FolderSession, paths: readonly string[], text: string): Promise<void> {
  const buttons = paths.slice(0, maxOpenButtons).map((path) => ({
    title: vscode.l10n.t("Open {0}", visible(path.slice(path.lastIndexOf("/") + 1))),
    path,
  }));
  const chosen = await vscode.window.showWarningMessage(text, ...buttons);
  if (chosen !== undefined) {
    await vscode.window.showTextDocument(fileUri(session.folder, chosen.path), { preview: false });
  }
}

async function tellDone(run: RunRef, files: number, direction: Direction): Promise<void> {
  const { t } = rowLanguage();
  const count = filesText(files, t);
  const isUndo = direction === "undo";
  const again = isUndo ? t("Redo") : t("Undo");
  const text = isUndo ? t("The change is undone: {0}", count) : t("The change is applied again: {0}", count);
  const chosen = await vscode.window.showInformationMessage(text, again);
  if (chosen !== again) return;
  await vscode.commands.executeCommand(isUndo ? "agentTeam.redoChange" : "agentTeam.undoChange", run);
}

function fileUri(folder: string, path: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.file(folder), path);
}
