import * as vscode from "vscode";
import type { Team } from "../team.ts";
import { statusOf } from "./status-model.ts";
import { rowLanguage } from "./tree-item.ts";

/** One item: what is wrong beats what runs beats idle. */
export class StatusBar implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly subscriptions: vscode.Disposable[];
  private readonly team: Team;

  constructor(team: Team) {
    this.team = team;
    this.item = vscode.window.createStatusBarItem("agentTeam.status", vscode.StatusBarAlignment.Left, 10);
    this.item.name = "Agent Team";
    this.item.command = "agentTeam.team.focus";
    this.subscriptions = [
      this.item,
      team.onEvent((event) => {
        if (event.kind === "folders" || ["link", "run", "reset"].includes(event.event.kind)) this.draw();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.draw()),
    ];
    this.draw();
    this.item.show();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private draw(): void {
    const folders = this.team.sessions.map((session) => ({
      name: session.name,
      link: session.link.view,
      runs: [...session.state.runs.values()],
    }));
    const status = statusOf(folders, vscode.workspace.isTrusted, rowLanguage());
    this.item.text = status.text;
    this.item.tooltip = status.tooltip;
    this.item.accessibilityInformation = { label: status.spoken };
    this.item.backgroundColor = status.isError
      ? new vscode.ThemeColor("statusBarItem.errorBackground")
      : undefined;
  }
}
