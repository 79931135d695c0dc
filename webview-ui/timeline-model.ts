import { agentIcons, agentNames, fill, formatElapsed } from "../agent-host/protocol/display.ts";
import type { Phase } from "../agent-host/protocol/phase.ts";
import type { PhaseState, RunState, TaskState } from "../agent-host/protocol/state/schemas.ts";
import type { TeamWords } from "../agent-host/protocol/team-words.ts";
import type { LocalState } from "./local-state.ts";
import { folderOf, type TaskProgress, type TeamState } from "./team-state.ts";
import { criterionName, type Language } from "./words.ts";

/** Shapes of state, each with its own icon and word; colour never stands alone. */
export type Mark = "waiting" | "working" | "needsYou" | "passed" | "failed" | "void" | "cancelled" | "paused";

export interface TaskBlock {
  readonly taskId: string;
  readonly agent: string;
  readonly agentIcon: string;
  readonly title: string;
  readonly mark: Mark;
  readonly word: string;
  /** Time taken or running; "" before it starts. */
  readonly time: string;
  /** What came out, or what it waits for. */
  readonly text: string;
  readonly progress: TaskProgress | null;
}

export interface PhaseBlock {
  readonly phase: Phase;
  readonly mark: Mark;
  readonly word: string;
  readonly open: boolean;
  /** Right end of the line. */
  readonly detail: string;
  /** Empty while closed: closed phases are not in the page. */
  readonly tasks: readonly TaskBlock[];
  /** Criteria that did not pass, each with its reason. */
  readonly failures: readonly string[];
}

export interface TimelineOptions {
  readonly progress: ReadonlyMap<string, TaskProgress>;
  /** Phases a person opened (true) or closed (false); the others follow their state. */
  readonly chosen: ReadonlyMap<Phase, boolean>;
  /** When the host was lost: nothing is known to move since. */
  readonly lostAtMs: number | null;
}

/** The options as the page's state has them. */
export function timelineOptions(state: TeamState, local: Pick<LocalState, "chosen">): TimelineOptions {
  const link = state.shown === null ? undefined : folderOf(state, state.shown.workspaceId)?.link;
  const lostAt = link?.kind === "retrying" || link?.kind === "stopped" ? Date.parse(link.lostAt) : null;
  return { progress: state.progress, chosen: local.chosen, lostAtMs: lostAt };
}

/** What the timeline shows of a run: phases that began, the open ones with a block per task. Pure. */
export function timelineOf(run: RunState, options: TimelineOptions, language: Language): PhaseBlock[] {
  const asOf = { ...language, nowMs: options.lostAtMs ?? language.nowMs };
  return run.phases
    .filter((phase) => phase.status !== "waiting")
    .map((phase) => phaseBlock(run, phase, options, asOf));
}

/** Number of articles in the timeline, to count what is new below the edge. */
export function blockCount(phases: readonly PhaseBlock[]): number {
  return phases.reduce((count, phase) => count + 1 + phase.tasks.length, 0);
}

function phaseBlock(
  run: RunState,
  phase: PhaseState,
  options: TimelineOptions,
  language: Language,
): PhaseBlock {
  const { words, nowMs } = language;
  const stopped = phase.status === "working" ? stoppedMark(run, options) : null;
  const mark = stopped ?? phaseMarks[phase.status];
  const open = options.chosen.get(phase.phase) ?? openByItself.has(phase.status);
  const tasks = Object.values(run.tasksById).filter((task) => task.phase === phase.phase);
  const time = elapsed(run, phase.enteredAt, phase.leftAt, nowMs);
  const count = tasks.length === 1 ? words.oneTask : fill(words.manyTasks, tasks.length);
  return {
    phase: phase.phase,
    mark,
    word: stopped === null && phase.status === "rejected" ? words.rejected : words[mark],
    open,
    detail: open || tasks.length === 0 ? time : [count, time].filter(Boolean).join(" · "),
    tasks: open ? tasks.map((task) => taskBlock(run, task, options, language)) : [],
    failures: open ? failuresOf(phase, words) : [],
  };
}

export const phaseMarks: Readonly<Record<PhaseState["status"], Mark>> = {
  waiting: "waiting",
  working: "working",
  needsPerson: "needsYou",
  passed: "passed",
  failed: "failed",
  rejected: "failed",
  void: "void",
};

const openByItself: ReadonlySet<PhaseState["status"]> = new Set([
  "working",
  "needsPerson",
  "failed",
  "rejected",
]);

/** A phase or task left "working" by a run that no longer works is shown as what stopped the run. */
function stoppedMark(run: RunState, options: TimelineOptions): Mark | null {
  switch (run.status) {
    case "running":
    case "waiting":
      return options.lostAtMs === null ? null : "paused";
    case "paused":
    case "interrupted":
      return "paused";
    case "cancelled":
      return "cancelled";
    case "done":
    case "failed":
      return "failed";
  }
}

/** "" before the start, and while nobody works on it and no end is known. */
function elapsed(run: RunState, from: string | null, to: string | null, nowMs: number): string {
  const end = to ?? run.finishedAt;
  const goesOn = run.status === "running" || run.status === "waiting";
  return from === null || (end === null && !goesOn) ? "" : formatElapsed(from, end, nowMs);
}

function taskBlock(run: RunState, task: TaskState, options: TimelineOptions, language: Language): TaskBlock {
  const { words, nowMs } = language;
  const stopped = task.status === "working" ? stoppedMark(run, options) : null;
  return {
    taskId: task.taskId,
    agent: agentNames[task.agentType],
    agentIcon: agentIcons[task.agentType],
    title: task.title,
    mark: stopped ?? taskMarks[task.status],
    word: stopped === null ? words[task.status] : words[stopped],
    time: elapsed(run, task.startedAt, task.finishedAt, nowMs),
    text: taskText(run, task, words),
    progress:
      task.status === "working" && stopped === null ? (options.progress.get(task.taskId) ?? null) : null,
  };
}

const taskMarks: Readonly<Record<TaskState["status"], Mark>> = {
  planned: "waiting",
  working: "working",
  done: "passed",
  failed: "failed",
  refused: "failed",
  cancelled: "cancelled",
};

function taskText(run: RunState, task: TaskState, words: TeamWords): string {
  if (task.status !== "planned") return task.summary;
  const open = task.dependsOn
    .map((taskId) => run.tasksById[taskId])
    .filter((other) => other !== undefined && other.status !== "done");
  return open.length === 0 ? "" : fill(words.after, open.map((other) => other?.title ?? "").join(", "));
}

function failuresOf(phase: PhaseState, words: TeamWords): string[] {
  return phase.evidence
    .filter((evidence) => !evidence.passed)
    .map(({ criterion, reason }) => {
      const name = criterionName(criterion, words);
      return reason === undefined ? name : `${name}: ${reason}`;
    });
}
