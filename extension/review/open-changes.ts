import * as vscode from "vscode";
import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { FolderSession } from "../host/folder-session.ts";
import { changeUri } from "./change-documents.ts";
import type { Side } from "./change-uri.ts";

/** More than a person goes through in one tab. */
const maxFiles = 1_000;

export interface ShownChange {
  readonly run: RunRef;
  readonly title: string;
  readonly session: Pick<FolderSession, "folder">;
}

/** Opens all files of a change in the editor's own diff: one below the other, or alone where there is one. */
export async function openAll(change: ShownChange, files: readonly ChangedFile[]): Promise<void> {
  const [first] = files;
  if (first === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t("This run changes no file."));
    return;
  }
  if (files.length === 1) return await openFile(change, first);
  if (files.length > maxFiles) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("The first {0} of {1} files are opened.", maxFiles, files.length),
    );
  }
  const { session, run } = change;
  const rows = files.slice(0, maxFiles).map((file) => {
    const side = (name: Side): vscode.Uri => changeUri({ ...run, path: file.path, side: name });
    return [
      vscode.Uri.joinPath(vscode.Uri.file(session.folder), file.path),
      file.status === "added" ? undefined : side("before"),
      file.status === "deleted" ? undefined : side("after"),
    ];
  });
  await vscode.commands.executeCommand("vscode.changes", titleOf(change), rows);
}

/** Opens one file of a change. */
export async function openFile(
  { run, title }: ShownChange,
  { path }: Pick<ChangedFile, "path">,
): Promise<void> {
  const name = visible(path.slice(path.lastIndexOf("/") + 1));
  await vscode.commands.executeCommand(
    "vscode.diff",
    changeUri({ ...run, path, side: "before" }),
    changeUri({ ...run, path, side: "after" }),
    title === "" ? vscode.l10n.t("{0} (change)", name) : vscode.l10n.t("{0} (change of {1})", name, title),
    { preview: true },
  );
}

function titleOf({ title }: ShownChange): string {
  return title === "" ? vscode.l10n.t("Changes") : vscode.l10n.t("Changes: {0}", title);
}
