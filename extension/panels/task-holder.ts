import type * as vscode from "vscode";
import type { TaskRef } from "../../agent-host/protocol/task-view.ts";
import type { Team } from "../team.ts";
import type { TaskPanel } from "./task-panel.ts";

/** The tasks that are open, one tab each; loads what they need when the first is asked for. */
export class TaskHolder implements vscode.Disposable {
  private readonly panels = new Map<string, TaskPanel>();
  private readonly team: Team;

  constructor(team: Team) {
    this.team = team;
  }

  async show(ref: TaskRef): Promise<void> {
    const { TaskPanel } = await import("../on-demand.ts");
    const key = `${ref.workspaceId} ${ref.runId} ${ref.taskId}`;
    const open = this.panels.get(key);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const panel = new TaskPanel(this.team, ref);
    this.panels.set(key, panel);
    panel.onDidDispose(() => {
      this.panels.delete(key);
      panel.dispose();
    });
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
  }
}
