import type { BlobRef, BlobTexts } from "../blob.ts";
import type { TypedEntry } from "../events.ts";
import type { RunSummary } from "../run.ts";
import type { PhaseState, RunState, TaskState } from "./schemas.ts";

/**
 * `reduceRun` for an entry that is parsed already. Imports types only, so that a webview can fold without
 * carrying the schemas.
 */
export function foldTypedEntry(
  state: RunState | undefined,
  typed: TypedEntry,
  texts: BlobTexts,
): RunState | undefined {
  if (typed.runId === null) return state;
  if (typed.type === "run.created") return state ?? createdRun(typed, texts);
  if (state === undefined || typed.seq <= state.lastSeq || typed.runId !== state.runId) return state;
  return { ...advance(state, typed, texts), lastSeq: typed.seq };
}

/** The list line of a run. */
export function summaryOf(state: RunState): RunSummary {
  const { goal, goalBlob, phases, tasksById, findingBatches, report, reason, ...summary } = state;
  return summary;
}

/** First line of a goal, at most 120 characters. */
export function titleOf(goal: string): string {
  const line = goal.trim().split("\n", 1)[0] ?? "";
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
}

type EntryOf<T extends TypedEntry["type"]> = Extract<TypedEntry, { type: T }>;

function createdRun(entry: EntryOf<"run.created">, texts: BlobTexts): RunState {
  const goal = texts[entry.data.goal.blob] ?? "";
  return {
    runId: entry.runId ?? "",
    title: titleOf(goal),
    goal,
    goalBlob: entry.data.goal.blob,
    profile: entry.data.profile,
    provider: entry.data.provider,
    status: "running",
    phase: null,
    createdAt: entry.time,
    finishedAt: null,
    exitCode: null,
    tasks: { total: 0, finished: 0 },
    findings: { error: 0, warning: 0, info: 0 },
    usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    firstSeq: entry.seq,
    lastSeq: entry.seq,
    phases: [],
    tasksById: {},
    findingBatches: [],
    report: null,
    reason: null,
  };
}

function advance(state: RunState, entry: TypedEntry, texts: BlobTexts): RunState {
  switch (entry.type) {
    case "run.started":
      return { ...state, phases: entry.data.phases.map(waitingPhase) };
    case "run.paused":
      return { ...state, status: "paused", reason: entry.data.reason };
    case "run.resumed":
      return { ...state, status: "running", reason: null };
    case "run.finished":
      return {
        ...state,
        status: entry.data.status,
        finishedAt: entry.time,
        exitCode: entry.data.exitCode,
        report: entry.data.report,
        reason: wordsOf(entry.data.reason, texts),
        usage: entry.data.usage,
      };
    case "phase.entered":
      return {
        ...state,
        phase: entry.data.phase,
        phases: changePhase(state, entry.data.phase, { status: "working", enteredAt: entry.time }),
      };
    case "phase.left":
      return { ...state, phases: changePhase(state, entry.data.phase, { leftAt: entry.time }) };
    case "gate.evaluated":
      return { ...state, phases: changePhase(state, entry.data.phase, { evidence: entry.data.evidence }) };
    case "gate.decided":
      return { ...state, phases: changePhase(state, entry.data.phase, { status: entry.data.decision }) };
    case "finding.reported":
      return addFindings(state, entry);
    case "task.planned":
      return planTask(state, entry);
    case "task.refused":
      return changeTask(state, entry, {
        status: "refused",
        summary: wordsOf(entry.data.reason, texts) ?? entry.data.rule,
        finishedAt: entry.time,
      });
    case "task.started":
      return changeTask(state, entry, {
        status: "working",
        attempt: entry.data.attempt,
        startedAt: entry.time,
      });
    case "task.finished":
      return changeTask(state, entry, {
        status: entry.data.status,
        finishedAt: entry.time,
        confidence: entry.data.confidence,
        summary: wordsOf(entry.data.reason, texts) ?? entry.data.summary,
        result: entry.data.result?.blob ?? null,
      });
    default:
      return state;
  }
}

function wordsOf(ref: BlobRef | undefined, texts: BlobTexts): string | null {
  return ref === undefined ? null : (texts[ref.blob] ?? null);
}

function waitingPhase(phase: PhaseState["phase"]): PhaseState {
  return { phase, status: "waiting", enteredAt: null, leftAt: null, evidence: [] };
}

function changePhase(state: RunState, phase: PhaseState["phase"], change: Partial<PhaseState>): PhaseState[] {
  return state.phases.map((each) => (each.phase === phase ? { ...each, ...change } : each));
}

function addFindings(state: RunState, entry: EntryOf<"finding.reported">): RunState {
  const { counts, findings } = entry.data;
  return {
    ...state,
    findings: {
      error: state.findings.error + counts.error,
      warning: state.findings.warning + counts.warning,
      info: state.findings.info + counts.info,
    },
    findingBatches: [...state.findingBatches, { blob: findings.blob, counts }],
  };
}

function planTask(state: RunState, entry: EntryOf<"task.planned">): RunState {
  if (entry.taskId === null) return state;
  const task: TaskState = {
    taskId: entry.taskId,
    title: entry.data.title,
    phase: entry.data.phase,
    agentType: entry.data.agentType,
    taskType: entry.data.taskType,
    priority: entry.data.priority,
    dependsOn: entry.data.dependsOn,
    status: "planned",
    attempt: 0,
    startedAt: null,
    finishedAt: null,
    confidence: null,
    summary: "",
    spec: entry.data.spec.blob,
    result: null,
  };
  return withTask(state, task);
}

function changeTask(state: RunState, entry: TypedEntry, change: Partial<TaskState>): RunState {
  const task = entry.taskId === null ? undefined : state.tasksById[entry.taskId];
  return task === undefined ? state : withTask(state, { ...task, ...change });
}

function withTask(state: RunState, task: TaskState): RunState {
  const tasksById = { ...state.tasksById, [task.taskId]: task };
  const all = Object.values(tasksById);
  const finished = all.filter((each) => each.status !== "planned" && each.status !== "working").length;
  return { ...state, tasksById, tasks: { total: all.length, finished } };
}
