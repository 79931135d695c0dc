import type { Phase } from "../protocol/phase.ts";
import type { Rules, SeedTask } from "../protocol/rules.ts";
import type { AgentType, TaskType } from "../protocol/task.ts";
import type { AgentCapabilities } from "../rules/plan.ts";
import { type PlannedTask, plannedTask } from "./planned-task.ts";
import type { RunSetup } from "./run-setup.ts";

/** What the program plans by itself for one phase. */
export interface SeededTasks {
  readonly planned: readonly PlannedTask[];
  /** Optional ones that nobody here can do. */
  readonly leftOut: readonly SeedTask[];
}

/**
 * The tasks the rules have for this phase, and after the work was sent back those that mend it; without those that
 * are planned already. Each return begins a round, whose tasks have names of their own and say what the person said.
 */
export async function seedTasks(
  setup: RunSetup,
  capabilities: AgentCapabilities,
  phase: Phase,
): Promise<SeededTasks> {
  const { log, pinned } = setup;
  const round = roundOf(setup, phase);
  const words = round === 0 ? null : await lastWords(setup);
  const isPlanned = (taskId: string): boolean => log.state.tasksById[taskId] !== undefined;
  const missing = (pinned.rules.phases[phase]?.tasks ?? []).filter(
    (seed) => !isPlanned(roundId(seed.taskId, round)),
  );
  const isAble = ({ agentType, taskType }: SeedTask): boolean =>
    (capabilities.get(agentType) ?? []).includes(taskType);
  const able = missing.filter((seed) => !seed.optional || isAble(seed));
  const rework = rewriters(setup, phase).filter((each) => !isPlanned(reworkId(each, round)));
  return {
    planned: [
      ...able.map((seed) => fromSeed(setup, seed, { phase, round, words })),
      ...rework.map((agentType) => reworkOf(setup, agentType, { round, words: words ?? "" })),
    ],
    leftOut: missing.filter((seed) => !able.includes(seed)),
  };
}

/** Whether a task of this name is the program's to plan: one of the rules' own, in any round, or rework. */
export function isSeedId(taskId: string, { phases }: Pick<Rules, "phases">): boolean {
  const name = taskId.replace(/-r\d+$/, "");
  if (taskId.startsWith(reworkPrefix)) return true;
  return Object.values(phases).some(({ tasks }) => tasks.some((seed) => seed.taskId === name));
}

const reworkPrefix = "t-rework-";

/** How often the work was sent back to this phase or one before it. */
function roundOf({ log }: RunSetup, phase: Phase): number {
  const { phases, returns } = log.state;
  const placeOf = (name: Phase): number => phases.findIndex((each) => each.phase === name);
  return returns.filter(({ to }) => placeOf(to) <= placeOf(phase)).length;
}

async function lastWords({ log }: RunSetup): Promise<string | null> {
  const last = log.state.returns.at(-1);
  return last === undefined ? null : await log.recall(last.comment);
}

function fromSeed(
  setup: RunSetup,
  seed: SeedTask,
  { phase, round, words }: { phase: Phase; round: number; words: string | null },
): PlannedTask {
  const { taskId, title, agentType, taskType, complexity, priority } = seed;
  const task = withWords(seed.task, words);
  const what = { taskId: roundId(taskId, round), phase, agentType, taskType, task, complexity, priority };
  const dependsOn = seed.dependsOn.flatMap((id) => newestRound(setup, id, { phase, round }));
  return plannedTask(setup, { ...what, dependsOn, paths: null }, { title, isOurs: true });
}

/** Of this phase the present round, of an earlier one the newest there is; nothing where this run has no such task. */
function newestRound(
  { log, pinned }: RunSetup,
  taskId: string,
  { phase, round }: { phase: Phase; round: number },
): string[] {
  const siblings = pinned.rules.phases[phase]?.tasks ?? [];
  if (siblings.some((each) => each.taskId === taskId)) return [roundId(taskId, round)];
  for (let each = round; each >= 0; each -= 1) {
    const id = roundId(taskId, each);
    if (log.state.tasksById[id] !== undefined) return [id];
  }
  return [];
}

/** Whoever wrote the code that was sent back to where code is written. */
function rewriters({ log }: RunSetup, phase: Phase): readonly AgentType[] {
  if (phase !== "implementation" || log.state.returns.at(-1)?.to !== "implementation") return [];
  const written = Object.values(log.state.tasksById).filter((task) => task.phase === "implementation");
  const writers = new Set(written.map((task) => task.agentType));
  return writers.size > 0 ? [...writers] : ["back-end-coder"];
}

function reworkOf(
  setup: RunSetup,
  agentType: AgentType,
  { round, words }: { round: number; words: string },
): PlannedTask {
  const taskType: TaskType = agentType === "tester" ? "implementation.tests" : "implementation.code";
  const task = `A person looked at the change and sent it back with these words:\n${words}`;
  const what = { taskId: reworkId(agentType, round), phase: "implementation", agentType, taskType } as const;
  const draft = { ...what, task, complexity: 3, priority: 8, dependsOn: [], paths: null };
  return plannedTask(setup, draft, { title: "Rework after review", isOurs: true });
}

function withWords(task: string, words: string | null): string {
  if (words === null || words === "") return task;
  return `${task}\n\nThe work was done before, and a person sent it back with these words:\n${words}`;
}

function reworkId(agentType: AgentType, round: number): string {
  return `${reworkPrefix}${agentType}-r${round}`;
}

/** A seed that is planned again after the work came back has a name of its own. */
function roundId(taskId: string, round: number): string {
  return round === 0 ? taskId : `${taskId}-r${round}`;
}
