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
  | WaitNode
  | { readonly kind: "others" }
  | { readonly kind: "row"; readonly row: TreeRow };

type WaitNode = { readonly kind: "wait" } & WaitingRef;

const othersNode = { kind: "others" } as const;
const ageTickMs = 30_000;

/** The Gates & Approvals tree: what waits for this window, then what waits for others, oldest first. */
export class GatesTree implements vscode.TreeDataProvider<GateNode>, vscode.Disposable {
  private readonly refresh = new PacedRefresh<GateNode>(50);
  private readonly team: Team;
  private readonly inbox: Inbox;
  private readonly subscriptions: { dispose(): void }[];
  private readonly view: vscode.TreeView<GateNode>;
  /** What the editor shows, as `shape` has it. */
  private shown = "";
  /** The rows that the editor was given, and what they say. */
  private readonly rows = new Map<string, { readonly node: WaitNode; text: string }>();
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
      this.forgetEnded();
      this.shown = this.shape();
      const mine = items.filter((item) => this.inbox.isMine(item)).map((item) => this.nodeOf(item));
      const others = items.length > mine.length ? [othersNode] : [];
      return [...this.standings(items), ...mine, ...others];
    }
    if (node.kind === "others") {
      return items.filter((item) => !this.inbox.isMine(item)).map((item) => this.nodeOf(item));
    }
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
    this.refreshChanged();
  }

  /** How long things wait stands in the rows. */
  private tick(): void {
    if (this.view.visible) this.refreshChanged();
  }

  // While the editor reads a tree anew a click on one of its rows is lost: only what changed is read.
  private refreshChanged(): void {
    if (this.shape() !== this.shown) {
      this.refresh.request(undefined);
      return;
    }
    for (const row of this.rows.values()) {
      const item = this.inbox.find(row.node);
      if (item !== undefined && this.textOf(item) !== row.text) this.refresh.request(row.node);
    }
  }

  /** Which rows there are, and where. */
  private shape(): string {
    const { items } = this.inbox;
    return JSON.stringify([
      this.standings(items),
      items.map((item) => [keyOf(item), this.inbox.isMine(item)]),
    ]);
  }

  /** All that the rows of an item say. */
  private textOf(item: WaitingItem): string {
    const language = rowLanguage();
    return JSON.stringify([waitingRow(this.listed(item), language), gateDetailRows(item, language)]);
  }

  /** The same object for the same item, by which the editor knows it again. */
  private nodeOf(item: WaitingItem): WaitNode {
    const key = keyOf(item);
    const { workspaceId, runId, id } = item;
    const node = this.rows.get(key)?.node ?? { kind: "wait", workspaceId, runId, id };
    this.rows.set(key, { node, text: this.textOf(item) });
    return node;
  }

  private forgetEnded(): void {
    for (const [key, { node }] of this.rows) {
      if (this.inbox.find(node) === undefined) this.rows.delete(key);
    }
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
    const known = this.rows.get(keyOf(item));
    if (known !== undefined) known.text = this.textOf(item);
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

function keyOf({ workspaceId, runId, id }: WaitingRef): string {
  return JSON.stringify([workspaceId, runId, id]);
}
