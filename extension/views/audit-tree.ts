import * as vscode from "vscode";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { Entry, VerifyReport } from "../../agent-host/protocol/journal.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import type { Team } from "../team.ts";
import {
  type AuditEntry,
  type AuditGroup,
  auditGroups,
  entryRow,
  maxAuditEntries,
  verifyRow,
  withEntries,
} from "./audit-model.ts";
import { PacedRefresh } from "./paced-refresh.ts";
import { rowLanguage, treeItem } from "./tree-item.ts";

export type AuditNode =
  | { readonly kind: "verdict"; readonly workspaceId: string }
  | { readonly kind: "group"; readonly group: AuditGroup }
  | { readonly kind: "entry"; readonly workspaceId: string; readonly entry: Entry }
  | { readonly kind: "earlier" };

interface Verdict {
  readonly report: VerifyReport;
  readonly at: string;
}

const pageSize = 200;
const queryLimitMs = 30_000;

/** The Audit Log tree: the last check, then entries by minute, newest first. */
export class AuditTree implements vscode.TreeDataProvider<AuditNode>, vscode.Disposable {
  private readonly refresh = new PacedRefresh<AuditNode>(250);
  private entries: AuditEntry[] = [];
  private arrived: AuditEntry[] = [];
  private readonly loaded = new Set<string>();
  private readonly verdicts = new Map<string, Verdict>();
  private readonly team: Team;
  private readonly subscription: vscode.Disposable;
  readonly onDidChangeTreeData = this.refresh.event;

  constructor(team: Team) {
    this.team = team;
    this.subscription = team.onEvent((event) => this.follow(event));
  }

  getTreeItem(node: AuditNode): vscode.TreeItem {
    switch (node.kind) {
      case "verdict":
        return this.verdictItem(node.workspaceId);
      case "group":
        return treeItem(node.group.row);
      case "entry": {
        const item = treeItem(entryRow(node, rowLanguage()));
        item.command = {
          command: "agentTeam.openEntry",
          title: vscode.l10n.t("Open Entry"),
          arguments: [node],
        };
        return item;
      }
      case "earlier": {
        const item = new vscode.TreeItem(vscode.l10n.t("Show earlier entries"));
        item.iconPath = new vscode.ThemeIcon("history");
        item.command = { command: "agentTeam.showEarlierEntries", title: item.label as string };
        return item;
      }
    }
  }

  async getChildren(node?: AuditNode): Promise<AuditNode[]> {
    if (node?.kind === "group") {
      return node.group.entries.map(({ workspaceId, entry }) => ({ kind: "entry", workspaceId, entry }));
    }
    if (node !== undefined) return [];
    await this.team.workspaces();
    await this.loadLive();
    this.merge();
    const verdicts = [...this.verdicts.keys()].map(
      (workspaceId) => ({ kind: "verdict", workspaceId }) as const,
    );
    const groups = auditGroups(this.entries, rowLanguage()).map(
      (group) => ({ kind: "group", group }) as const,
    );
    const earlier = this.team.sessions.some((session) => this.oldest(session) > 1);
    return [...verdicts, ...groups, ...(earlier && groups.length > 0 ? [{ kind: "earlier" } as const] : [])];
  }

  /** Asks every folder for its newest entries, starting hosts where none is live. */
  async load(): Promise<void> {
    await this.team.workspaces();
    for (const session of this.team.sessions) await this.query(session, undefined);
    this.refresh.request(undefined);
  }

  async loadEarlier(): Promise<void> {
    for (const session of this.team.sessions) {
      const oldest = this.oldest(session);
      if (oldest > 1) await this.query(session, oldest);
    }
    this.refresh.request(undefined);
  }

  setVerdict(session: FolderSession, report: VerifyReport): void {
    this.verdicts.set(session.workspaceId, { report, at: new Date().toISOString() });
    this.refresh.request(undefined);
  }

  dispose(): void {
    this.subscription.dispose();
    this.refresh.dispose();
  }

  private verdictItem(workspaceId: string): vscode.TreeItem {
    const verdict = this.verdicts.get(workspaceId);
    if (verdict === undefined) return new vscode.TreeItem("");
    const folder = this.team.sessions.length > 1 ? (this.team.session(workspaceId)?.name ?? "") : "";
    return treeItem(verifyRow(workspaceId, { ...verdict, folder }, rowLanguage()));
  }

  /** Reads the newest entries where a host is live anyway; looking at the tree starts none. */
  private async loadLive(): Promise<void> {
    for (const session of this.team.sessions) {
      if (this.loaded.has(session.workspaceId) || session.link.state.kind !== "live") continue;
      try {
        await this.query(session, undefined);
      } catch (error) {
        this.team.log.warn(`${session.name}: the audit log cannot be read: ${messageOf(error)}`);
      }
    }
  }

  private async query(session: FolderSession, beforeSeq: number | undefined): Promise<void> {
    const params = beforeSeq === undefined ? { limit: pageSize } : { limit: pageSize, beforeSeq };
    const { entries } = await session.request("audit/query", params, AbortSignal.timeout(queryLimitMs));
    this.loaded.add(session.workspaceId);
    this.add(
      session,
      entries.map(({ entry }) => entry),
    );
  }

  private add({ workspaceId }: FolderSession, entries: readonly Entry[]): void {
    this.entries = withEntries(
      this.entries,
      entries.map((entry) => ({ workspaceId, entry })),
    );
  }

  private oldest({ workspaceId }: FolderSession): number {
    // Newest first within a folder, so its last is its oldest.
    return this.entries.findLast((each) => each.workspaceId === workspaceId)?.entry.seq ?? 1;
  }

  private follow(event: WorkspacesEvent): void {
    if (event.kind === "folders") {
      const open = new Set(this.team.sessions.map(({ workspaceId }) => workspaceId));
      this.entries = this.entries.filter(({ workspaceId }) => open.has(workspaceId));
      for (const workspaceId of this.verdicts.keys())
        if (!open.has(workspaceId)) this.verdicts.delete(workspaceId);
      this.refresh.request(undefined);
    } else if (event.event.kind === "reset") {
      this.refresh.request(undefined);
    } else if (event.event.kind === "entry" && this.loaded.has(event.session.workspaceId)) {
      // Merged when the tree is read again: a replay brings thousands.
      this.arrived.push({ workspaceId: event.session.workspaceId, entry: event.event.delivered.entry });
      // A hidden tree is not read; what arrives for it must not pile up.
      if (this.arrived.length >= maxAuditEntries) this.merge();
      this.refresh.request(undefined);
    }
  }

  private merge(): void {
    this.entries = withEntries(this.entries, this.arrived);
    this.arrived = [];
  }
}
