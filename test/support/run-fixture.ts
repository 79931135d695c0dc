import type { Entry } from "../../agent-host/protocol/journal.ts";
import type { DeliveredEntry } from "../../agent-host/protocol/methods.ts";
import { reduceRun } from "../../agent-host/protocol/state/run-reducer.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";

export const workspaceId = "0123456789abcdef";
export const runId = "r-test-1";
const digest = "a".repeat(64);
export const startMs = Date.parse("2026-03-04T10:00:00.000Z");

/** An entry of the test run, `seconds` after its start. */
export function delivered(
  seq: number,
  type: string,
  data: Record<string, unknown>,
  more: { seconds?: number; taskId?: string; runId?: string | null; outcome?: string } = {},
): DeliveredEntry {
  const entry: Entry = {
    v: 1,
    seq,
    time: new Date(startMs + (more.seconds ?? seq) * 1_000).toISOString(),
    type,
    workspaceId,
    runId: more.runId === undefined ? runId : more.runId,
    taskId: more.taskId ?? null,
    cause: null,
    traceId: null,
    actor: { kind: "agent", id: "team-leader-1", role: "team-leader" },
    resource: null,
    action: type,
    outcome: more.outcome ?? "ok",
    data,
    prevHash: digest,
  };
  return { entry, texts: { [digest]: "Where is this code hard to change?" } };
}

const blob = { blob: digest, size: 10 };
const usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };

export function planned(
  seq: number,
  taskId: string,
  title: string,
  dependsOn: string[] = [],
  phase = "analysis",
): DeliveredEntry {
  const data = {
    phase,
    agentType: "codebase-analyzer",
    taskType: "analysis.code",
    complexity: 3,
    priority: 5,
    dependsOn,
    contextHash: digest,
    spec: blob,
    title,
  };
  return delivered(seq, "task.planned", data, { taskId });
}

export function finishedTask(
  seq: number,
  taskId: string,
  status = "done",
  summary = "12 files",
): DeliveredEntry {
  const data = {
    agentId: "a-1",
    status,
    executionTimeMs: 900,
    confidence: 0.9,
    result: null,
    usage,
    summary,
  };
  return delivered(seq, "task.finished", data, { taskId });
}

/** A run in its phase "analysis": one task done, one working, one that waits for it. */
export const workingEntries: readonly DeliveredEntry[] = [
  delivered(1, "run.created", { goal: blob, profile: "analysis", provider: "offline" }),
  delivered(2, "run.started", { phases: ["research", "analysis", "delivery"], rulesChecksum: digest }),
  delivered(3, "phase.entered", { phase: "research", index: 1, of: 3 }),
  delivered(4, "gate.decided", { phase: "research", decision: "passed", criteria: [] }),
  delivered(5, "phase.left", { phase: "research" }),
  delivered(6, "phase.entered", { phase: "analysis", index: 2, of: 3 }),
  planned(7, "t-history", "Read the history"),
  planned(8, "t-code", "Analyze the code"),
  planned(9, "t-rank", "Rank the findings", ["t-code", "t-history"]),
  delivered(10, "task.started", { agentId: "a-1", attempt: 1 }, { taskId: "t-history" }),
  delivered(11, "task.started", { agentId: "a-2", attempt: 1 }, { taskId: "t-code" }),
  finishedTask(12, "t-history", "done", "1,204 commits"),
  delivered(13, "finding.reported", { counts: { error: 1, warning: 2, info: 0 }, findings: blob }),
];

export const failedEntries: readonly DeliveredEntry[] = [
  ...workingEntries,
  finishedTask(14, "t-code", "failed", "No metrics"),
  delivered(15, "gate.evaluated", {
    phase: "analysis",
    rulesChecksum: digest,
    evidence: [{ criterion: { kind: "tasksCompleted" }, passed: false, reason: "1 of 3 tasks failed" }],
  }),
  delivered(16, "gate.decided", { phase: "analysis", decision: "failed", criteria: [] }),
  delivered(17, "phase.left", { phase: "analysis" }),
  delivered(18, "run.finished", { status: "failed", exitCode: 3, report: null, usage }),
];

export function fold(entries: readonly DeliveredEntry[]): RunState {
  let state: RunState | undefined;
  for (const { entry, texts } of entries) state = reduceRun(state, entry, texts);
  if (state === undefined) throw new Error("the entries make no run");
  return state;
}

export const working = fold(workingEntries);
export const failed = fold(failedEntries);
export const done: RunState = { ...failed, status: "done", report: "runs/r-test-1/report.md" };
