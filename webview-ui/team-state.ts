import { foldTypedEntry, summaryOf } from "../agent-host/protocol/state/fold-run.ts";
import type {
  FoldableEntry,
  FolderView,
  ProblemView,
  RunRef,
  RunRow,
  RunSettingsView,
  ShownRun,
  ToTeamView,
  WaitingLine,
} from "../agent-host/protocol/webview.ts";

/** How far a working task is. `total` is 0 while it is not known. */
export interface TaskProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** What the extension told the Team view, folded. */
export interface TeamState {
  readonly loaded: boolean;
  readonly trusted: boolean;
  readonly folders: readonly FolderView[];
  readonly runs: ReadonlyMap<string, RunRow>;
  readonly shown: ShownRun | null;
  /** By task id, of the shown run. */
  readonly progress: ReadonlyMap<string, TaskProgress>;
  readonly problem: ProblemView | null;
  readonly settings: RunSettingsView;
  readonly waiting: readonly WaitingLine[];
  /** Words sent to the shown run while this page shows it, oldest first. */
  readonly steering: readonly SteeringLine[];
}

/** Words of a person to the agents; delivered once an agent's next question to its model has them. */
export interface SteeringLine {
  readonly seq: number;
  readonly text: string;
  readonly isDelivered: boolean;
}

/** Lines kept; the journal has all. */
const maxSteering = 20;

export const emptyTeamState: TeamState = {
  loaded: false,
  trusted: true,
  folders: [],
  runs: new Map(),
  shown: null,
  progress: new Map(),
  problem: null,
  settings: { provider: "offline", profile: "analysis" },
  waiting: [],
  steering: [],
};

/** Folds one message of the extension into the state. Pure. */
export function reduceTeam(state: TeamState, message: ToTeamView): TeamState {
  switch (message.kind) {
    case "reset":
      return {
        ...state,
        loaded: true,
        trusted: message.trusted,
        folders: message.folders,
        runs: new Map(message.runs.map((row) => [rowKey(row), row])),
        shown: message.shown,
        settings: message.settings,
        waiting: message.waiting,
        ...whileShown(state, message.shown),
      };
    case "settings":
      return { ...state, settings: message.settings };
    case "waiting":
      return { ...state, waiting: message.waiting };
    case "folders":
      return { ...state, trusted: message.trusted, folders: message.folders };
    case "runs":
      return { ...state, runs: changedRuns(state.runs, message) };
    case "shown":
      return {
        ...state,
        shown: message.shown,
        ...whileShown(state, message.shown),
      };
    case "entries":
      return foldEntries(state, message);
    case "progress":
      return addProgress(state, message.progress);
    case "problem":
      return { ...state, problem: message.problem };
    case "focusComposer":
      return state;
  }
}

/** The folder a run belongs to. */
export function folderOf(state: TeamState, workspaceId: string): FolderView | undefined {
  return state.folders.find((folder) => folder.workspaceId === workspaceId);
}

export function refOf(shown: ShownRun): RunRef {
  return { workspaceId: shown.workspaceId, runId: shown.run.runId };
}

function rowKey(row: RunRow): string {
  return `${row.workspaceId} ${row.run.runId}`;
}

function isSameRun(one: ShownRun | null, other: ShownRun | null): boolean {
  return one !== null && other !== null && one.run.runId === other.run.runId;
}

/** What is only known while one run is shown. */
function whileShown(state: TeamState, shown: ShownRun | null): Pick<TeamState, "progress" | "steering"> {
  const { progress, steering } = state;
  return isSameRun(state.shown, shown) ? { progress, steering } : { progress: new Map(), steering: [] };
}

function changedRuns(
  runs: TeamState["runs"],
  message: Extract<ToTeamView, { kind: "runs" }>,
): TeamState["runs"] {
  const next = new Map(runs);
  for (const row of message.changed) next.set(rowKey(row), row);
  for (const { workspaceId, runId } of message.removed) next.delete(`${workspaceId} ${runId}`);
  return next;
}

function foldEntries(state: TeamState, message: Extract<ToTeamView, { kind: "entries" }>): TeamState {
  const { shown } = state;
  if (shown === null || shown.run.runId !== message.runId || shown.workspaceId !== message.workspaceId) {
    return state;
  }
  let run = shown.run;
  const progress = new Map(state.progress);
  let { steering } = state;
  for (const { entry, texts } of message.entries) {
    run = foldTypedEntry(run, entry, texts) ?? run;
    if (entry.type === "task.finished" && entry.taskId !== null) progress.delete(entry.taskId);
    steering = steeringAfter(steering, { entry, texts });
  }
  const row: RunRow = { workspaceId: shown.workspaceId, run: summaryOf(run) };
  const runs = new Map(state.runs).set(rowKey(row), row);
  return { ...state, shown: { ...shown, run }, progress, steering, runs };
}

function steeringAfter(lines: TeamState["steering"], { entry, texts }: FoldableEntry): TeamState["steering"] {
  if (entry.type === "run.steered") {
    const line = { seq: entry.seq, text: texts[entry.data.message.blob] ?? "", isDelivered: false };
    return lines.some(({ seq }) => seq === line.seq) ? lines : [...lines, line].slice(-maxSteering);
  }
  const heardSeq = "heardSeq" in entry.data ? entry.data.heardSeq : undefined;
  if (heardSeq === undefined) return lines;
  return lines.map((line) => (line.seq <= heardSeq ? { ...line, isDelivered: true } : line));
}

function addProgress(
  state: TeamState,
  progress: Extract<ToTeamView, { kind: "progress" }>["progress"],
): TeamState {
  const task = state.shown?.run.tasksById[progress.taskId];
  // Progress may overtake or outlive its task's entries.
  if (state.shown?.run.runId !== progress.runId || task?.status !== "working") return state;
  const { stage, done, total } = progress;
  return { ...state, progress: new Map(state.progress).set(progress.taskId, { stage, done, total }) };
}
