import * as vscode from "vscode";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { Finding, Severity } from "../../agent-host/protocol/finding.ts";
import type { RunSummary } from "../../agent-host/protocol/run.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import type { Team } from "../team.ts";
import { type Problem, problemsByFile, type ZeroRange } from "./problems-model.ts";

const listLimitMs = 60_000;
const pageSize = 500;

/** Findings of each folder's last run in the Problems panel, with source "Agent Team". */
export class Problems implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("agent-team");
  /** Files that show findings, by folder, so that a later run replaces exactly these. */
  private readonly files = new Map<string, vscode.Uri[]>();
  /** Runs whose findings are shown, or were cleared by a person, by folder. */
  private readonly settled = new Map<string, string>();
  private readonly team: Team;
  private readonly subscription: vscode.Disposable;

  constructor(team: Team) {
    this.team = team;
    this.subscription = team.onEvent((event) => this.follow(event));
  }

  /** Puts a run's findings in place of those shown before. Returns how many are shown and how many there are. */
  async show(
    session: FolderSession,
    runId: string,
    signal: AbortSignal,
  ): Promise<{ shown: number; total: number }> {
    this.settled.set(session.workspaceId, runId);
    const limit = maxProblems();
    const { findings, total } = await firstFindings(session, { runId, limit }, signal);
    this.clearFolder(session.workspaceId);
    const root = vscode.Uri.file(session.folder);
    const files: vscode.Uri[] = [];
    for (const [file, problems] of problemsByFile(findings, limit, vscode.l10n.t("Also here"))) {
      const uri = vscode.Uri.joinPath(root, file);
      files.push(uri);
      this.collection.set(
        uri,
        problems.map((problem) => diagnosticOf(problem, root)),
      );
    }
    this.files.set(session.workspaceId, files);
    await setHasFindings(files.length > 0);
    return { shown: findings.length, total };
  }

  async clear(): Promise<void> {
    this.collection.clear();
    this.files.clear();
    await setHasFindings(false);
  }

  dispose(): void {
    this.subscription.dispose();
    this.collection.dispose();
  }

  /** The findings of the newest finished run are shown by themselves, once. */
  private follow(event: WorkspacesEvent): void {
    if (event.kind === "folders") {
      const open = new Set(this.team.sessions.map(({ workspaceId }) => workspaceId));
      for (const workspaceId of this.files.keys()) if (!open.has(workspaceId)) this.clearFolder(workspaceId);
      return;
    }
    const { session } = event;
    if (event.event.kind !== "run" && !(event.event.kind === "link" && session.link.state.kind === "live"))
      return;
    const run = newestDone([...session.state.runs.values()]);
    if (run === undefined || this.settled.get(session.workspaceId) === run.runId) return;
    this.settled.set(session.workspaceId, run.runId);
    if (!showsByItself()) return;
    this.show(session, run.runId, AbortSignal.timeout(listLimitMs)).catch((error: unknown) =>
      this.team.log.warn(`Findings of ${run.runId} cannot be shown: ${messageOf(error)}`),
    );
  }

  private clearFolder(workspaceId: string): void {
    for (const uri of this.files.get(workspaceId) ?? []) this.collection.delete(uri);
    this.files.delete(workspaceId);
  }
}

function newestDone(runs: readonly RunSummary[]): RunSummary | undefined {
  const done = runs.filter((run) => run.status === "done");
  return done.sort((one, other) => other.createdAt.localeCompare(one.createdAt))[0];
}

async function firstFindings(
  session: FolderSession,
  { runId, limit }: { runId: string; limit: number },
  signal: AbortSignal,
): Promise<{ findings: Finding[]; total: number }> {
  const findings: Finding[] = [];
  for (;;) {
    const page = {
      runId,
      offset: findings.length,
      limit: Math.max(1, Math.min(pageSize, limit - findings.length)),
    };
    const answer = await session.request("finding/list", page, signal);
    findings.push(...answer.findings);
    const isLast = answer.findings.length === 0 || findings.length >= Math.min(limit, answer.total);
    if (isLast) return { findings: findings.slice(0, limit), total: answer.total };
  }
}

function diagnosticOf(problem: Problem, root: vscode.Uri): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(
    rangeOf(problem.range),
    problem.message,
    severities[problem.severity],
  );
  diagnostic.source = "Agent Team";
  diagnostic.code = problem.ruleId;
  diagnostic.relatedInformation = problem.related.map(
    ({ file, range, message }) =>
      new vscode.DiagnosticRelatedInformation(
        new vscode.Location(vscode.Uri.joinPath(root, file), rangeOf(range)),
        message,
      ),
  );
  return diagnostic;
}

function rangeOf({ startLine, startCharacter, endLine, endCharacter }: ZeroRange): vscode.Range {
  return new vscode.Range(startLine, startCharacter, endLine, endCharacter);
}

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

function maxProblems(): number {
  const value = vscode.workspace.getConfiguration("agentTeam.findings").get<number>("maxProblems", 500);
  return Number.isInteger(value) ? Math.min(Math.max(value, 0), 5_000) : 500;
}

function showsByItself(): boolean {
  return vscode.workspace.getConfiguration("agentTeam.findings").get<boolean>("showInProblems", true);
}

async function setHasFindings(has: boolean): Promise<void> {
  await vscode.commands.executeCommand("setContext", "agentTeam.hasFindings", has);
}
