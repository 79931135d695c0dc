import * as vscode from "vscode";
import type { FolderSession } from "../host/folder-session.ts";

const readLimitMs = 30_000;

/**
 * Opens a finished run's report as a Markdown preview. It is the file in the state folder, from where its links
 * open the workspace's files at their lines.
 *
 * @throws HostError `report.missing` while the run has none.
 */
export async function showReport(session: FolderSession, runId: string): Promise<void> {
  const signal = AbortSignal.timeout(readLimitMs);
  const { path } = await session.request("report/read", { runId, format: "markdown" }, signal);
  await vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.file(path));
}
