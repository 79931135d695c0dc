import { userInfo } from "node:os";
import * as vscode from "vscode";
import type { CommandContext } from "./commands/command.ts";
import { registerCommands } from "./commands/register.ts";
import { reportProblem } from "./commands/report-problem.ts";
import { Problems } from "./editor/problems.ts";
import { RulesProblems } from "./editor/rules-problems.ts";
import { watchStops } from "./host/stop-notice.ts";
import { ApproverKeys } from "./inbox/approver-keys.ts";
import { Inbox } from "./inbox/inbox.ts";
import { WaitNotices } from "./inbox/wait-notices.ts";
import { EntryDocuments } from "./panels/entry-documents.ts";
import { ReviewHolder } from "./panels/review-holder.ts";
import { TaskHolder } from "./panels/task-holder.ts";
import { AppliedNotice } from "./review/applied-notice.ts";
import { ChangeReview } from "./review/change-review.ts";
import { Team } from "./team.ts";
import { AuditTree } from "./views/audit-tree.ts";
import { ContextKeys } from "./views/context-keys.ts";
import { GatesTree } from "./views/gates-tree.ts";
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
  const team = new Team(context, log);
  const changes = new ChangeReview(team, context.workspaceState, later);
  const tasks = new TasksTree(team, changes.book);
  const audit = new AuditTree(team);
  const taskTabs = new TaskHolder(team);
  const { inbox, review } = openInbox(context, team, changes);
  const teamView = new TeamViewHolder(team, inbox, context.workspaceState);
  const entries = new EntryDocuments(team);
  const problems = new Problems(team);
  const tasksView = vscode.window.createTreeView("agentTeam.tasks", {
    treeDataProvider: tasks,
    showCollapseAll: true,
  });
  const shown = { teamView, review, tasks: taskTabs, audit, entries };
  const commandContext: CommandContext = { team, inbox, changes, problems, ...shown };
  context.subscriptions.push(
    log,
    team,
    tasks,
    audit,
    teamView,
    entries,
    problems,
    inbox,
    review,
    taskTabs,
    changes,
    new AppliedNotice({ team, book: changes.book, isEndInSight: () => teamView.isVisible }),
    new GatesTree(team, inbox),
    new WaitNotices(inbox),
    new RulesProblems(team),
    new StatusBar(team, inbox),
    new ContextKeys(team, inbox),
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

/** What waits for a person, the keys to answer it, and the tab where that is done. */
function openInbox(
  context: vscode.ExtensionContext,
  team: Team,
  changes: ChangeReview,
): { inbox: Inbox; review: ReviewHolder } {
  const log = (message: string): void => team.log.info(message);
  const keys = new ApproverKeys({
    secrets: context.secrets,
    craft: async () => (await import("./on-demand.ts")).keyCraft,
    identity: userInfo().username,
    log,
  });
  const inbox = new Inbox({ folders: team, keys, later, log });
  return { inbox, review: new ReviewHolder({ team, inbox, keys, changes }) };
}

function later(act: () => void, ms: number): () => void {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
}

export function deactivate(): void {
  // The host goes on without the window; what this process holds is disposed with the subscriptions.
}
