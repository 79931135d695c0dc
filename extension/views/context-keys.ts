import * as vscode from "vscode";
import type { Inbox } from "../inbox/inbox.ts";
import type { Team } from "../team.ts";

/** Keeps the `when` clauses of package.json in step with what is there. */
export class ContextKeys implements vscode.Disposable {
  private readonly values = new Map<string, boolean>();
  private readonly subscriptions: { dispose(): void }[];
  private readonly team: Team;

  constructor(team: Team, inbox: Inbox) {
    this.team = team;
    this.subscriptions = [
      team.onEvent((event) => {
        if (event.kind === "folders" || event.event.kind !== "progress") this.update();
      }),
      inbox.onChange.subscribe(() => this.set("agentTeam.hasWaiting", inbox.items.length > 0)),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private update(): void {
    const runs = this.team.sessions.flatMap((session) => [...session.state.runs.values()]);
    this.set("agentTeam.isKnown", true);
    this.set("agentTeam.hasRuns", runs.length > 0);
    this.set(
      "agentTeam.isRunning",
      runs.some((run) => run.status === "running" || run.status === "waiting"),
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
