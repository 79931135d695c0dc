import type { DeliveredEntry } from "../../agent-host/protocol/methods.ts";
import type { RunSummary } from "../../agent-host/protocol/run.ts";
import { reduceRun, summaryOf } from "../../agent-host/protocol/state/run-reducer.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";

/** What a window knows of one folder's journal, up to entry `seq`. */
export interface FolderState {
  readonly seq: number;
  readonly runs: ReadonlyMap<string, RunSummary>;
  /** Whole states, of runs under way and of those somebody looked at. */
  readonly details: ReadonlyMap<string, RunState>;
}

export const emptyFolderState: FolderState = { seq: 0, runs: new Map(), details: new Map() };

/** Whole states kept; of the others the list line stays. */
export const maxDetails = 32;

/** `unknown`: the entry belongs to a run of which only the list line is here; its state must be asked for. */
export type FoldResult =
  | { readonly kind: "old" | "nothing"; readonly state: FolderState }
  | { readonly kind: "changed" | "removed" | "unknown"; readonly state: FolderState; readonly runId: string };

/** Folds one entry. An entry at or below `seq` is old: it was delivered twice. Pure. */
export function foldDelivered(state: FolderState, { entry, texts }: DeliveredEntry): FoldResult {
  if (entry.seq <= state.seq) return { kind: "old", state };
  const advanced = { ...state, seq: entry.seq };
  const { runId } = entry;
  if (runId === null) return { kind: "nothing", state: advanced };
  if (entry.type === "run.deleted") return { kind: "removed", state: withoutRun(advanced, runId), runId };
  const before = state.details.get(runId);
  if (before === undefined && entry.type !== "run.created")
    return { kind: "unknown", state: advanced, runId };
  const after = reduceRun(before, entry, texts);
  if (after === undefined || after === before) return { kind: "nothing", state: advanced };
  return { kind: "changed", state: withRun(advanced, after), runId };
}

/** Adds or replaces a run's whole state. */
export function withRun(state: FolderState, run: RunState): FolderState {
  const details = new Map(state.details);
  // The newest last, so that the oldest finished one goes first.
  details.delete(run.runId);
  details.set(run.runId, run);
  return {
    ...state,
    runs: new Map(state.runs).set(run.runId, summaryOf(run)),
    details: bounded(details),
  };
}

/** The runs as the host lists them. */
export function withRuns(runs: readonly RunSummary[], seq: number): FolderState {
  const listed = new Map(runs.map((run) => [run.runId, run]));
  return { seq, runs: listed, details: new Map() };
}

/** Runs that have no end: a host has to go on with them. */
export function unfinishedRuns(state: FolderState): RunSummary[] {
  return [...state.runs.values()].filter((run) => run.finishedAt === null);
}

function withoutRun(state: FolderState, runId: string): FolderState {
  const runs = new Map(state.runs);
  const details = new Map(state.details);
  runs.delete(runId);
  details.delete(runId);
  return { ...state, runs, details };
}

function bounded(details: Map<string, RunState>): Map<string, RunState> {
  for (const [runId, run] of details) {
    if (details.size <= maxDetails) break;
    if (run.finishedAt !== null) details.delete(runId);
  }
  return details;
}
