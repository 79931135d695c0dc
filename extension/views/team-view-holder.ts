import * as vscode from "vscode";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { Team } from "../team.ts";
import type { TeamView } from "./team-view.ts";

/** Makes the Team view when the editor asks for it, and passes on what commands want of it. */
export class TeamViewHolder implements vscode.WebviewViewProvider, vscode.Disposable {
  private current: TeamView | undefined;
  private readonly team: Team;

  constructor(team: Team) {
    this.team = team;
  }

  async resolveWebviewView(view: vscode.WebviewView): Promise<void> {
    const { TeamView } = await import("../on-demand.ts");
    this.current?.dispose();
    const current = new TeamView(this.team, view);
    this.current = current;
    view.onDidDispose(() => {
      current.dispose();
      if (this.current === current) this.current = undefined;
    });
  }

  get isVisible(): boolean {
    return this.current?.isVisible ?? false;
  }

  /** Shows a run, or with null the list of runs with the composer. Opens the view. */
  async show(run: RunRef | null): Promise<void> {
    await vscode.commands.executeCommand("agentTeam.team.focus");
    await this.current?.show(run);
  }

  focusComposer(): void {
    this.current?.focusComposer();
  }

  dispose(): void {
    this.current?.dispose();
  }
}
