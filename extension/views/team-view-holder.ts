import * as vscode from "vscode";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { Team } from "../team.ts";
import type { TeamView } from "./team-view.ts";

/** Makes the Team view when the editor asks for it, and passes on what commands want of it. */
export class TeamViewHolder implements vscode.WebviewViewProvider, vscode.Disposable {
  private current: TeamView | undefined;
  /** What was asked for before the editor made the view. */
  private wanted: { run: RunRef | null; compose: boolean } | undefined;
  private readonly team: Team;
  private readonly inbox: Inbox;
  private readonly memory: vscode.Memento;

  /** `memory` keeps the page's drafts and open sections for this workspace. */
  constructor(team: Team, inbox: Inbox, memory: vscode.Memento) {
    this.team = team;
    this.inbox = inbox;
    this.memory = memory;
  }

  async resolveWebviewView(view: vscode.WebviewView): Promise<void> {
    const { TeamView } = await import("../on-demand.ts");
    this.current?.dispose();
    const current = new TeamView(this.team, this.inbox, view, this.memory);
    this.current = current;
    if (this.wanted !== undefined) await current.show(this.wanted.run);
    if (this.wanted?.compose === true) current.focusComposer();
    this.wanted = undefined;
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
    await this.open({ run, compose: false });
  }

  /** Shows the list of runs with the focus in the composer. */
  async compose(): Promise<void> {
    await this.open({ run: null, compose: true });
  }

  /** Shows a run if the view is there; does not open it. */
  async follow(run: RunRef): Promise<void> {
    await this.current?.show(run);
  }

  dispose(): void {
    this.current?.dispose();
  }

  private async open(wanted: { run: RunRef | null; compose: boolean }): Promise<void> {
    this.wanted = wanted;
    await vscode.commands.executeCommand("agentTeam.team.focus");
    if (this.current === undefined) return;
    this.wanted = undefined;
    await this.current.show(wanted.run);
    if (wanted.compose) this.current.focusComposer();
  }
}
