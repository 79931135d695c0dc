import * as vscode from "vscode";
import type { CommandContext } from "./commands/command.ts";
import { registerCommands } from "./commands/register.ts";
import { reportProblem } from "./commands/report-problem.ts";
import { Problems } from "./editor/problems.ts";
import { watchStops } from "./host/stop-notice.ts";
import { EntryDocuments } from "./panels/entry-documents.ts";
import { Team } from "./team.ts";
import { AuditTree } from "./views/audit-tree.ts";
import { ContextKeys } from "./views/context-keys.ts";
import { StatusBar } from "./views/status-bar.ts";
import { TasksTree } from "./views/tasks-tree.ts";
import { TeamViewHolder } from "./views/team-view-holder.ts";

/** What tests and other extensions may look at. */
export interface AgentTeamApi {
  readonly activationMs: number;
}

export function activate(context: vscode.ExtensionContext): AgentTeamApi {
  const startedAt = performance.now();
  const log = vscode.window.createOutputChannel("Agent Team", { log: true });
  const team = new Team(context.extensionUri, log);
  const tasks = new TasksTree(team);
  const audit = new AuditTree(team);
  const teamView = new TeamViewHolder(team, context.workspaceState);
  const entries = new EntryDocuments(team);
  const problems = new Problems(team);
  const tasksView = vscode.window.createTreeView("agentTeam.tasks", {
    treeDataProvider: tasks,
    showCollapseAll: true,
  });
  const commandContext: CommandContext = { team, teamView, audit, entries, problems };
  context.subscriptions.push(
    log,
    team,
    tasks,
    audit,
    teamView,
    entries,
    problems,
    new StatusBar(team),
    new ContextKeys(team),
    tasksView,
    tasksView.onDidExpandElement(({ element }) => void tasks.expanded(element)),
    vscode.window.createTreeView("agentTeam.audit", { treeDataProvider: audit, showCollapseAll: true }),
    vscode.window.registerWebviewViewProvider("agentTeam.team", teamView),
    watchStops(team, (error) => reportProblem(team, error)),
    ...registerCommands(commandContext),
  );
  const activationMs = performance.now() - startedAt;
  log.info(`Activated in ${activationMs.toFixed(1)} ms`);
  // After the editor has what it waits for: look whether a host is live.
  setImmediate(() => {
    team.workspaces().catch((error: unknown) => log.error(String(error)));
  });
  return { activationMs };
}

export function deactivate(): void {
  // The host goes on without the window; what this process holds is disposed with the subscriptions.
}
