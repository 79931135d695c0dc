import * as vscode from "vscode";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import type { Team } from "../team.ts";

const scheme = "agent-team-entry";
const readLimitMs = 30_000;
const maxKept = 200;

/** Journal entries as read-only JSON documents. */
export class EntryDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly entries = new Map<string, Entry>();
  private readonly registration: vscode.Disposable;
  private readonly team: Team;

  constructor(team: Team) {
    this.team = team;
    this.registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  /** Also for a document that the editor restored: then the host is asked for the entry. */
  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const [, workspaceId = "", seq = ""] = uri.path.split("/");
    const known = this.entries.get(`${workspaceId} ${seq}`);
    if (known !== undefined) return json(known);
    const session = (await this.team.workspaces()).get(workspaceId);
    if (session === undefined) return vscode.l10n.t("The folder of this entry is not open in the window.");
    const cancelled = new AbortController();
    token.onCancellationRequested(() => cancelled.abort());
    const signal = AbortSignal.any([cancelled.signal, AbortSignal.timeout(readLimitMs)]);
    const { entries } = await session.request(
      "audit/query",
      { beforeSeq: Number(seq) + 1, limit: 1 },
      signal,
    );
    return entries[0] === undefined ? "" : json(entries[0].entry);
  }

  async show(workspaceId: string, entry: Entry): Promise<void> {
    if (this.entries.size >= maxKept) this.entries.clear();
    this.entries.set(`${workspaceId} ${entry.seq}`, entry);
    const path = `/${workspaceId}/${entry.seq}/${vscode.l10n.t("Entry {0}", entry.seq)}.json`;
    const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme, path }));
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.registration.dispose();
  }
}

function json(entry: Entry): string {
  return `${JSON.stringify(entry, null, 2)}\n`;
}
