import type { BlobTexts } from "../blob.ts";
import type { TypedEntry } from "../events.ts";
import { type EntryOf, type Folds, wordsOf } from "./folds.ts";
import type { RunState, TaskState } from "./schemas.ts";

/** The task graph: what is planned, under way and ended. */
export const taskFolds: Folds = {
  "task.planned": planTask,
  "task.refused": (state, entry, texts) =>
    changeTask(state, entry, {
      status: "refused",
      summary: wordsOf(entry.data.reason, texts) ?? entry.data.rule,
      finishedAt: entry.time,
    }),
  "task.started": startTask,
  "task.finished": (state, entry, texts) =>
    changeTask(state, entry, {
      status: entry.data.status,
      finishedAt: entry.time,
      confidence: entry.data.confidence,
      summary: wordsOf(entry.data.reason, texts) ?? entry.data.summary,
      result: entry.data.result?.blob ?? null,
      changeSetId: entry.data.changeSetId ?? null,
      retries: entry.data.retries ?? false,
    }),
};

function planTask(state: RunState, entry: EntryOf<"task.planned">, texts: BlobTexts): RunState {
  if (entry.taskId === null) return state;
  const { phase, agentType, taskType, complexity, priority, dependsOn, spec } = entry.data;
  const task: TaskState = {
    taskId: entry.taskId,
    title: wordsOf(entry.data.name, texts) ?? entry.data.title,
    phase,
    agentType,
    taskType,
    complexity,
    priority,
    dependsOn,
    status: "planned",
    attempt: 0,
    startedAt: null,
    finishedAt: null,
    confidence: null,
    summary: "",
    spec: spec.blob,
    result: null,
    baseTree: null,
    changeSetId: null,
    retries: false,
    turns: 0,
    usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
  };
  const { total, finished } = state.tasks;
  const known = state.tasksById[entry.taskId];
  const tasks = {
    total: known === undefined ? total + 1 : total,
    finished: known !== undefined && isEnded(known) ? finished - 1 : finished,
  };
  return { ...state, tasks, tasksById: { ...state.tasksById, [task.taskId]: task } };
}

/** A resumed attempt keeps its number and what it has done; a new one begins anew. */
function startTask(state: RunState, entry: EntryOf<"task.started">): RunState {
  const before = entry.taskId === null ? undefined : state.tasksById[entry.taskId];
  const isSameAttempt = before?.attempt === entry.data.attempt;
  return changeTask(state, entry, {
    status: "working",
    attempt: entry.data.attempt,
    startedAt: isSameAttempt ? (before?.startedAt ?? entry.time) : entry.time,
    finishedAt: null,
    baseTree: entry.data.baseTree ?? null,
    retries: false,
    ...(isSameAttempt ? {} : { turns: 0, changeSetId: null }),
  });
}

/** The state with `change` made to the entry's task. */
export function changeTask(state: RunState, entry: TypedEntry, change: Partial<TaskState>): RunState {
  const task = entry.taskId === null ? undefined : state.tasksById[entry.taskId];
  if (task === undefined) return state;
  const changed = { ...task, ...change };
  const difference = Number(isEnded(changed)) - Number(isEnded(task));
  const tasks = { ...state.tasks, finished: state.tasks.finished + difference };
  return { ...state, tasks, tasksById: { ...state.tasksById, [task.taskId]: changed } };
}

function isEnded(task: TaskState): boolean {
  return task.status !== "planned" && task.status !== "working";
}
