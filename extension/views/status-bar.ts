import * as vscode from "vscode";
import type { Inbox } from "../inbox/inbox.ts";
import type { Team } from "../team.ts";
import { statusOf } from "./status-model.ts";
import { rowLanguage } from "./tree-item.ts";

/** One item: what is wrong beats what waits beats what runs beats idle. */
export class StatusBar implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly subscriptions: { dispose(): void }[];
  private readonly team: Team;
  private readonly inbox: Inbox;

  constructor(team: Team, inbox: Inbox) {
    this.team = team;
    this.inbox = inbox;
    this.item = vscode.window.createStatusBarItem("agentTeam.status", vscode.StatusBarAlignment.Left, 10);
    this.item.name = "Agent Team";
    this.subscriptions = [
      this.item,
      team.onEvent((event) => {
        if (event.kind === "folders" || ["link", "run", "reset"].includes(event.event.kind)) this.draw();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.draw()),
      inbox.onChange.subscribe(() => this.draw()),
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
    const status = statusOf(
      folders,
      { isTrusted: vscode.workspace.isTrusted, waiting: this.inbox.mine.length },
      rowLanguage(),
    );
    this.item.text = status.text;
    this.item.command = status.command;
    this.item.tooltip = status.tooltip;
    this.item.accessibilityInformation = { label: status.spoken };
    this.item.backgroundColor = status.isError
      ? new vscode.ThemeColor("statusBarItem.errorBackground")
      : undefined;
  }
}
