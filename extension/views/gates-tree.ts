import * as vscode from "vscode";
import type { Inbox } from "../inbox/inbox.ts";
import type { WaitingItem, WaitingRef } from "../inbox/waiting-item.ts";
import type { Team } from "../team.ts";
import { gateDetailRows, type ListedItem, standingRow, waitingRow } from "./gates-model.ts";
import { PacedRefresh } from "./paced-refresh.ts";
import { rowLanguage, treeItem } from "./tree-item.ts";
import type { TreeRow } from "./tree-row.ts";

/** A row. One that waits carries what names it; commands get it as their argument. */
export type GateNode =
  | ({ readonly kind: "wait" } & WaitingRef)
  | { readonly kind: "others" }
  | { readonly kind: "row"; readonly row: TreeRow };

const ageTickMs = 30_000;

/** The Gates & Approvals tree: what waits for this window, then what waits for others, oldest first. */
export class GatesTree implements vscode.TreeDataProvider<GateNode>, vscode.Disposable {
  private readonly refresh = new PacedRefresh<GateNode>(50);
  private readonly team: Team;
  private readonly inbox: Inbox;
  private readonly subscriptions: { dispose(): void }[];
  private readonly view: vscode.TreeView<GateNode>;
  readonly onDidChangeTreeData = this.refresh.event;

  constructor(team: Team, inbox: Inbox) {
    this.team = team;
    this.inbox = inbox;
    this.view = vscode.window.createTreeView("agentTeam.gates", {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    const ticking = setInterval(() => this.tick(), ageTickMs);
    this.subscriptions = [
      this.view,
      inbox.onChange.subscribe(() => this.update()),
      { dispose: () => clearInterval(ticking) },
    ];
  }

  getTreeItem(node: GateNode): vscode.TreeItem {
    switch (node.kind) {
      case "row":
        return treeItem(node.row);
      case "others":
        return this.othersItem();
      case "wait":
        return this.waitItem(node);
    }
  }

  getChildren(node?: GateNode): GateNode[] {
    const { items } = this.inbox;
    if (node === undefined) {
      const mine = items.filter((item) => this.inbox.isMine(item)).map(nodeOf);
      const others = items.length > mine.length ? [{ kind: "others" } as const] : [];
      return [...this.standings(items), ...mine, ...others];
    }
    if (node.kind === "others") return items.filter((item) => !this.inbox.isMine(item)).map(nodeOf);
    const item = node.kind === "wait" ? this.inbox.find(node) : undefined;
    if (item === undefined) return [];
    return gateDetailRows(item, rowLanguage()).map((row) => ({ kind: "row", row }));
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.refresh.dispose();
  }

  private update(): void {
    const count = this.inbox.mine.length;
    const tooltip = count === 1 ? vscode.l10n.t("1 waits for you") : vscode.l10n.t("{0} wait for you", count);
    this.view.badge = count === 0 ? undefined : { value: count, tooltip };
    this.refresh.request(undefined);
  }

  /** How long things wait stands in the rows. */
  private tick(): void {
    if (this.view.visible && this.inbox.items.length > 0) this.refresh.request(undefined);
  }

  /** Said only where something waits that this window could answer with a key. */
  private standings(items: readonly WaitingItem[]): GateNode[] {
    const language = rowLanguage();
    const waiting = new Set(items.map(({ workspaceId }) => workspaceId));
    return this.team.sessions.flatMap((session) => {
      if (!waiting.has(session.workspaceId)) return [];
      const name = this.team.sessions.length > 1 ? session.name : "";
      const row = standingRow(
        { workspaceId: session.workspaceId, name },
        this.inbox.standing(session.workspaceId),
        language,
      );
      return row === null ? [] : [{ kind: "row", row } as const];
    });
  }

  private waitItem(node: WaitingRef): vscode.TreeItem {
    const item = this.inbox.find(node);
    if (item === undefined) return new vscode.TreeItem("");
    const row = treeItem(waitingRow(this.listed(item), rowLanguage()));
    row.command = {
      command: "agentTeam.reviewGate",
      title: vscode.l10n.t("Review"),
      arguments: [node],
    };
    return row;
  }

  private othersItem(): vscode.TreeItem {
    const item = new vscode.TreeItem(
      vscode.l10n.t("Waiting for others"),
      vscode.TreeItemCollapsibleState.Collapsed,
    );
    item.id = "others";
    item.description = String(this.inbox.items.length - this.inbox.mine.length);
    item.iconPath = new vscode.ThemeIcon("person");
    return item;
  }

  private listed(item: WaitingItem): ListedItem {
    const session = this.team.session(item.workspaceId);
    const run = item.runId === null ? undefined : session?.state.runs.get(item.runId);
    return {
      item,
      isMine: this.inbox.isMine(item),
      runTitle: run?.title ?? "",
      folder: this.team.sessions.length > 1 ? (session?.name ?? "") : "",
    };
  }
}

/** Equal items make equal ids, so the editor keeps what is open. */
function nodeOf({ workspaceId, runId, id }: WaitingItem): GateNode {
  return { kind: "wait", workspaceId, runId, id };
}
