import * as vscode from "vscode";
import type { Team } from "../team.ts";

/** Keeps the `when` clauses of package.json in step with what is there. */
export class ContextKeys implements vscode.Disposable {
  private readonly values = new Map<string, boolean>();
  private readonly subscription: vscode.Disposable;
  private readonly team: Team;

  constructor(team: Team) {
    this.team = team;
    this.subscription = team.onEvent((event) => {
      if (event.kind === "folders" || event.event.kind !== "progress") this.update();
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private update(): void {
    const runs = this.team.sessions.flatMap((session) => [...session.state.runs.values()]);
    this.set("agentTeam.isKnown", true);
    this.set("agentTeam.hasRuns", runs.length > 0);
    this.set(
      "agentTeam.isRunning",
      runs.some((run) => run.status === "running"),
    );
    this.set(
      "agentTeam.isConnected",
      this.team.sessions.some(({ link }) => link.state.kind === "live"),
    );
  }

  private set(key: string, value: boolean): void {
    if (this.values.get(key) === value) return;
    this.values.set(key, value);
    void vscode.commands.executeCommand("setContext", key, value);
  }
}
