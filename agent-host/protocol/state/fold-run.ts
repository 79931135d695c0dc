import type { BlobTexts } from "../blob.ts";
import type { TypedEntry } from "../events.ts";
import type { RunSummary } from "../run.ts";
import { approvalFolds } from "./fold-approvals.ts";
import { budgetFolds } from "./fold-budget.ts";
import { changeFolds } from "./fold-changes.ts";
import { effectFolds } from "./fold-effects.ts";
import { phaseFolds, waitingPhase } from "./fold-phases.ts";
import { taskFolds } from "./fold-tasks.ts";
import { type EntryOf, type Folds, wordsOf } from "./folds.ts";
import type { RunState } from "./schemas.ts";

/**
 * `reduceRun` for an entry that is parsed already. Loads no schemas, so that a webview can fold without them.
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
  const { runId, title, profile, provider, status, phase, createdAt, finishedAt, exitCode } = state;
  const { tasks, findings, usage, pauseCause, waits, firstSeq, lastSeq } = state;
  const what = { runId, title, profile, provider, status, phase, createdAt, finishedAt, exitCode };
  return { ...what, tasks, findings, usage, pauseCause, waits, firstSeq, lastSeq };
}

/** First line of a goal, at most 120 characters. */
export function titleOf(goal: string): string {
  const line = goal.trim().split("\n", 1)[0] ?? "";
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
}

const noLimits = { tokens: null, usd: null, minutes: null, complexity: null, modelCalls: null };

function createdRun(entry: EntryOf<"run.created">, texts: BlobTexts): RunState {
  const { data } = entry;
  const goal = texts[data.goal.blob] ?? "";
  return {
    runId: entry.runId ?? "",
    title: titleOf(goal),
    goal,
    goalBlob: data.goal.blob,
    profile: data.profile,
    provider: data.provider,
    approve: data.approve ?? "ask",
    assurance: null,
    script: data.script?.blob ?? null,
    models: data.models ?? null,
    attachments: data.attachments?.blob ?? null,
    pinned: null,
    rulesChecksum: null,
    status: "running",
    phase: null,
    createdAt: entry.time,
    finishedAt: null,
    exitCode: null,
    tasks: { total: 0, finished: 0 },
    findings: { error: 0, warning: 0, info: 0 },
    usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    waits: 0,
    firstSeq: entry.seq,
    lastSeq: entry.seq,
    phases: [],
    tasksById: {},
    findingBatches: [],
    report: null,
    reason: null,
    pauseCause: null,
    baseTree: null,
    tree: null,
    changeSets: {},
    appliedTree: null,
    undone: false,
    changeSince: null,
    preimages: [],
    approvals: {},
    effects: {},
    budget: {
      limits: data.budget ?? noLimits,
      spent: { tokens: 0, usd: 0, modelCalls: 0 },
      reserved: {},
      warned: [],
      exhausted: null,
    },
    steering: [],
    returns: [],
    waitingFor: [],
  };
}

const runFolds: Folds = {
  "run.started": (state, { data }) => ({
    ...state,
    phases: data.phases.map(waitingPhase),
    rulesChecksum: data.rulesChecksum,
    pinned: data.pinned?.blob ?? null,
    assurance: data.assurance ?? null,
    baseTree: data.baseTree ?? null,
    tree: data.baseTree ?? null,
  }),
  "run.paused": (state, { data }, texts) => ({
    ...state,
    status: "paused",
    reason: wordsOf(data.detail, texts) ?? data.reason,
    pauseCause: data.cause ?? null,
  }),
  "run.resumed": (state) => ({ ...state, status: "running", reason: null, pauseCause: null, waitingFor: [] }),
  "run.waiting": (state, { data }) => ({ ...state, status: "waiting", waitingFor: data.for }),
  "run.finished": (state, { time, data }, texts) => ({
    ...state,
    status: data.status,
    finishedAt: time,
    exitCode: data.exitCode,
    report: data.report,
    reason: wordsOf(data.reason, texts),
    usage: data.usage,
    waits: 0,
    waitingFor: [],
  }),
  "run.steered": (state, { seq, time, taskId, actor, data }) => {
    const by = actor.kind === "agent" ? { byAgent: true } : {};
    const words = { seq, taskId, message: data.message.blob, time, ...by };
    return { ...state, steering: newestOf([...state.steering, words]) };
  },
};

const maxSteering = 100;

/** Agents that tell each other much must not push out what a person said. */
function newestOf(all: RunState["steering"]): RunState["steering"] {
  const agents = all.filter(({ byAgent }) => byAgent === true);
  const people = all.filter(({ byAgent }) => byAgent !== true);
  if (agents.length <= maxSteering && people.length <= maxSteering) return all;
  const kept = new Set([...agents.slice(-maxSteering), ...people.slice(-maxSteering)]);
  return all.filter((each) => kept.has(each));
}

const folds: Folds = {
  ...runFolds,
  ...phaseFolds,
  ...taskFolds,
  ...budgetFolds,
  ...effectFolds,
  ...approvalFolds,
  ...changeFolds,
};

function advance(state: RunState, entry: TypedEntry, texts: BlobTexts): RunState {
  const fold = folds[entry.type] as
    | ((state: RunState, entry: TypedEntry, texts: BlobTexts) => RunState)
    | undefined;
  return fold === undefined ? state : fold(state, entry, texts);
}
