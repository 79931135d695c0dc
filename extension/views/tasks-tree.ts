import * as vscode from "vscode";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { ChangeSummary } from "../../agent-host/protocol/change-set.ts";
import type { Phase } from "../../agent-host/protocol/phase.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import type { ChangeBook } from "../review/change-book.ts";
import type { Team } from "../team.ts";
import { PacedRefresh } from "./paced-refresh.ts";
import { phaseRows, runRow, sortedRuns, taskRows } from "./tasks-model.ts";
import { rowLanguage, treeItem } from "./tree-item.ts";

/** A row, named by what it shows. Commands get it as their argument. */
export type TaskNode =
  | { readonly kind: "run"; readonly workspaceId: string; readonly runId: string }
  | { readonly kind: "phase"; readonly workspaceId: string; readonly runId: string; readonly phase: Phase }
  | { readonly kind: "task"; readonly workspaceId: string; readonly runId: string; readonly taskId: string };

const detailLimitMs = 30_000;

/** The Tasks tree: runs of all folders, newest first, their phases and tasks. */
export class TasksTree implements vscode.TreeDataProvider<TaskNode>, vscode.Disposable {
  private readonly refresh = new PacedRefresh<TaskNode>(100);
  private readonly items = new Map<string, vscode.TreeItem>();
  /** The same object for the same run, or the editor would not know what to refresh. */
  private readonly runNodes = new Map<string, TaskNode>();
  private readonly team: Team;
  private readonly book: ChangeBook;
  private readonly subscriptions: { dispose(): void }[];
  readonly onDidChangeTreeData = this.refresh.event;

  constructor(team: Team, book: ChangeBook) {
    this.team = team;
    this.book = book;
    this.subscriptions = [
      team.onEvent((event) => this.follow(event)),
      book.onChange.subscribe(() => this.refresh.request(undefined)),
    ];
  }

  getTreeItem(node: TaskNode): vscode.TreeItem {
    const { workspaceId, runId } = node;
    if (node.kind === "run") {
      const session = this.team.session(workspaceId);
      const run = session?.state.runs.get(runId);
      if (session === undefined || run === undefined) return new vscode.TreeItem("");
      const folder = this.team.sessions.length > 1 ? session.name : "";
      const item = treeItem(runRow({ workspaceId, folder, run, change: this.changeOf(node) }, rowLanguage()));
      item.command = {
        command: "agentTeam.openRun",
        title: vscode.l10n.t("Show in Team View"),
        arguments: [node],
      };
      return item;
    }
    return this.items.get(nodeKey(node)) ?? new vscode.TreeItem("");
  }

  async getChildren(node?: TaskNode): Promise<TaskNode[]> {
    if (node === undefined) return await this.runs();
    if (node.kind === "task") return [];
    const { workspaceId, runId } = node;
    try {
      const session = this.team.session(workspaceId);
      const run =
        session?.link.state.kind === "live"
          ? await session.run(runId, AbortSignal.timeout(detailLimitMs))
          : session?.state.details.get(runId);
      if (run === undefined) return [];
      const language = rowLanguage();
      if (node.kind === "run") {
        return phaseRows(workspaceId, run, language).map((row) =>
          this.remember({ kind: "phase", workspaceId, runId, phase: row.phase }, treeItem(row)),
        );
      }
      const tasks = Object.values(run.tasksById).filter((task) => task.phase === node.phase);
      return taskRows(workspaceId, run, node.phase, language).map((row, index) => {
        const task: TaskNode = { kind: "task", workspaceId, runId, taskId: tasks[index]?.taskId ?? "" };
        const item = treeItem(row);
        const title = vscode.l10n.t("Open Task");
        item.command = { command: "agentTeam.openTask", title, arguments: [task] };
        return this.remember(task, item);
      });
    } catch (error) {
      this.team.log.warn(`${runId} cannot be shown: ${messageOf(error)}`);
      return [];
    }
  }

  /**
   * A person opened a row. The editor also opens rows by itself that were open before; for those no host is
   * started.
   */
  async expanded(node: TaskNode): Promise<void> {
    if (node.kind !== "run") return;
    try {
      await this.team.session(node.workspaceId)?.run(node.runId, AbortSignal.timeout(detailLimitMs));
      this.refresh.request(node);
    } catch (error) {
      this.team.log.warn(`${node.runId} cannot be shown: ${messageOf(error)}`);
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.refresh.dispose();
  }

  private async runs(): Promise<TaskNode[]> {
    const { sessions } = await this.team.workspaces();
    const listed = sessions.flatMap((session) =>
      [...session.state.runs.values()].map((run) => ({
        workspaceId: session.workspaceId,
        folder: session.name,
        run,
      })),
    );
    return sortedRuns(listed).map(({ workspaceId, run }) => this.runNode(workspaceId, run.runId));
  }

  private runNode(workspaceId: string, runId: string): TaskNode {
    const key = `${workspaceId} ${runId}`;
    const node = this.runNodes.get(key) ?? { kind: "run", workspaceId, runId };
    this.runNodes.set(key, node);
    return node;
  }

  private remember(node: TaskNode, item: vscode.TreeItem): TaskNode {
    this.items.set(nodeKey(node), item);
    return node;
  }

  /** A change without files is none. */
  private changeOf(node: TaskNode): ChangeSummary["state"] | undefined {
    const change = this.book.summary(node);
    return change === undefined || change.files === 0 ? undefined : change.state;
  }

  private follow(event: WorkspacesEvent): void {
    if (event.kind === "folders" || event.event.kind === "reset") this.refresh.request(undefined);
    else if (event.event.kind === "run") {
      const { runId, removed } = event.event;
      const isNew = !this.runNodes.has(`${event.session.workspaceId} ${runId}`);
      this.refresh.request(isNew || removed ? undefined : this.runNode(event.session.workspaceId, runId));
    }
  }
}

function nodeKey(node: TaskNode): string {
  const rest = node.kind === "phase" ? node.phase : node.kind === "task" ? node.taskId : "";
  return `${node.kind} ${node.workspaceId} ${node.runId} ${rest}`;
}
