import type { Phase } from "../protocol/phase.ts";
import type { Rules } from "../protocol/rules.ts";
import type { TaskState } from "../protocol/state/schemas.ts";
import type { AgentType, TaskSpec, TaskType } from "../protocol/task.ts";
import { findCycle } from "./find-cycle.ts";
import { globProblem, isWithin } from "./scope.ts";

/** What is known of the agents that could do the work. */
export type AgentCapabilities = ReadonlyMap<AgentType, readonly TaskType[]>;

export interface PlanRefusal {
  readonly allowed: false;
  /** What refused it, in stable words: `plan.acyclic`, `phase.taskTypes`, … */
  readonly rule: string;
  /** Names the task, the field and what would be allowed. */
  readonly reason: string;
  /** null: it is about the plan as a whole. */
  readonly taskId: string | null;
}

export type PlanVerdict = { readonly allowed: true } | PlanRefusal;

export interface PlanContext {
  readonly rules: Rules;
  /** The run's phases, in order. */
  readonly phases: readonly Phase[];
  /** Phase the run is in; null before the first. */
  readonly current: Phase | null;
  readonly agents: AgentCapabilities;
  /** Tasks the run has already. */
  readonly existing: readonly TaskState[];
  /** Complexity points that are left for this plan; null: no limit. */
  readonly budgetComplexity: number | null;
}

/** Most tasks that one may wait for, and most globs of its scope: what `task.planned` and a scope can hold. */
const maxDependencies = 50;
const maxPaths = 100;

/**
 * Decides whether a plan may be added to a run: a graph without cycles, each task in a phase that allows it and is
 * not over, done by an agent that can, within scope and budget. The first breach is named. A task that exists already
 * may stand in the plan again, unchanged.
 */
export function checkPlan(plan: readonly TaskSpec[], given: PlanContext): PlanVerdict {
  const most = given.rules.limits.tasks;
  if (plan.length > most) {
    return refuse("plan.maxTasks", `the plan has ${plan.length} tasks, limits.tasks allows ${most}`, null);
  }
  const known = knownTasks(plan, given.existing);
  const breach = checkSize(plan, known, given);
  if (breach !== null) return breach;
  // Whether it is a graph at all comes before who could do it.
  return (
    firstRefusal(plan, (task) => checkIdentity(task, known) ?? checkPhase(task, given)) ??
    firstRefusal(plan, (task) => checkDependencies(task, known, given)) ??
    checkCycles(plan) ??
    firstRefusal(plan, (task) => checkAgent(task, given) ?? checkScope(task, given.rules)) ?? {
      allowed: true,
    }
  );
}

function firstRefusal(
  plan: readonly TaskSpec[],
  check: (task: TaskSpec) => PlanRefusal | null,
): PlanRefusal | null {
  for (const task of plan) {
    const refusal = check(task);
    if (refusal !== null) return refusal;
  }
  return null;
}

interface Known {
  readonly planned: ReadonlyMap<string, TaskSpec>;
  /** Those of the run's tasks that the plan names. */
  readonly existing: ReadonlyMap<string, TaskState>;
}

function knownTasks(plan: readonly TaskSpec[], existing: readonly TaskState[]): Known {
  const named = new Set(plan.flatMap((task) => [task.taskId, ...task.dependsOn]));
  return {
    planned: new Map(plan.map((task) => [task.taskId, task])),
    existing: new Map(existing.filter((task) => named.has(task.taskId)).map((task) => [task.taskId, task])),
  };
}

function checkSize(plan: readonly TaskSpec[], known: Known, given: PlanContext): PlanRefusal | null {
  if (plan.length === 0) return refuse("plan.notEmpty", "the plan has no task; at least one is needed", null);
  const [most, before] = [given.rules.limits.tasks, given.existing.length];
  const added = plan.filter((task) => !known.existing.has(task.taskId));
  if (before + added.length > most) {
    const reason = `the plan adds ${added.length} tasks to ${before}, limits.tasks allows ${most}`;
    return refuse("plan.maxTasks", reason, null);
  }
  if (known.planned.size < plan.length) {
    const twice = firstRepeated(plan.map((task) => task.taskId));
    return refuse("plan.uniqueIds", `taskId ${twice} stands in the plan twice`, twice);
  }
  return checkComplexity(added, given.budgetComplexity);
}

function checkComplexity(added: readonly TaskSpec[], left: number | null): PlanRefusal | null {
  const points = added.reduce((sum, task) => sum + task.complexity, 0);
  if (left === null || points <= left) return null;
  const heaviest = added.reduce((most, task) => (task.complexity > most.complexity ? task : most));
  const reason = `the plan has ${points} complexity points, budget.complexity leaves ${left}; the most, ${heaviest.complexity}, has ${heaviest.taskId}`;
  return refuse("plan.complexity", reason, null);
}

function firstRepeated(ids: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) return id;
    seen.add(id);
  }
  return null;
}

function checkIdentity(task: TaskSpec, { existing }: Known): PlanRefusal | null {
  const before = existing.get(task.taskId);
  if (before === undefined || isSameTask(task, before)) return null;
  const reason = `${task.taskId}: this taskId belongs to another task of the run (${before.taskType} in ${before.phase}); a new id is needed`;
  return refuse("plan.uniqueIds", reason, task.taskId);
}

function isSameTask(task: TaskSpec, before: TaskState): boolean {
  return (
    task.phase === before.phase &&
    task.agentType === before.agentType &&
    task.taskType === before.taskType &&
    task.priority === before.priority &&
    task.dependsOn.length === before.dependsOn.length &&
    task.dependsOn.every((id, index) => id === before.dependsOn[index])
  );
}

function checkPhase(task: TaskSpec, { rules, phases, current }: PlanContext): PlanRefusal | null {
  const position = phases.indexOf(task.phase);
  if (position < 0) {
    const reason = `${task.taskId}: phase ${task.phase} is not one of this run's: ${phases.join(", ")}`;
    return refuse("plan.phase", reason, task.taskId);
  }
  const now = current === null ? 0 : phases.indexOf(current);
  if (position < now) {
    const reason = `${task.taskId}: phase ${task.phase} is over; allowed: ${phases.slice(now).join(", ")}`;
    return refuse("plan.phasePast", reason, task.taskId);
  }
  const allowed = rules.phases[task.phase].taskTypes;
  if (allowed.includes(task.taskType)) return null;
  const reason = `${task.taskId}: taskType ${task.taskType} is not done in ${task.phase}; allowed: ${listed(allowed)}`;
  return refuse("phase.taskTypes", reason, task.taskId);
}

function checkAgent(task: TaskSpec, { rules, agents }: PlanContext): PlanRefusal | null {
  const allowed = rules.phases[task.phase].agents;
  if (!allowed.includes(task.agentType)) {
    const reason = `${task.taskId}: agentType ${task.agentType} does not work in ${task.phase}; allowed: ${listed(allowed)}`;
    return refuse("phase.agents", reason, task.taskId);
  }
  if ((agents.get(task.agentType) ?? []).includes(task.taskType)) return null;
  const able = [...agents].flatMap(([type, types]) => (types.includes(task.taskType) ? [type] : []));
  const reason = `${task.taskId}: agentType ${task.agentType} cannot do ${task.taskType} here; agents that can: ${listed(able)}`;
  return refuse("agent.capability", reason, task.taskId);
}

function checkDependencies(task: TaskSpec, known: Known, { phases }: PlanContext): PlanRefusal | null {
  const { taskId } = task;
  if (task.dependsOn.length > maxDependencies) {
    const reason = `${taskId}: dependsOn names ${task.dependsOn.length} tasks, ${maxDependencies} are allowed`;
    return refuse("plan.dependsOn", reason, taskId);
  }
  for (const id of task.dependsOn) {
    const other = known.planned.get(id) ?? known.existing.get(id);
    if (id === taskId) {
      return refuse("plan.acyclic", `${taskId}: dependsOn names the task itself (${id} → ${id})`, taskId);
    }
    if (other === undefined) {
      const reason = `${taskId}: dependsOn names ${id}, which is neither in the plan nor in the run`;
      return refuse("plan.dependsOn", reason, taskId);
    }
    if (phases.indexOf(other.phase) > phases.indexOf(task.phase)) {
      const reason = `${taskId}: dependsOn names ${id} of the later phase ${other.phase}; allowed: tasks of ${task.phase} or before`;
      return refuse("plan.phaseOrder", reason, taskId);
    }
    if (isLost(known.existing.get(id))) {
      const reason = `${taskId}: dependsOn names ${id}, which will not be done any more`;
      return refuse("plan.dependsOn", reason, taskId);
    }
  }
  return null;
}

function isLost(task: TaskState | undefined): boolean {
  if (task === undefined) return false;
  return (
    (task.status === "failed" && !task.retries) || task.status === "cancelled" || task.status === "refused"
  );
}

function checkScope(task: TaskSpec, rules: Rules): PlanRefusal | null {
  const { paths } = task.scope;
  if (paths.length > maxPaths) {
    const reason = `${task.taskId}: scope.paths has ${paths.length} globs, ${maxPaths} are allowed`;
    return refuse("task.scope", reason, task.taskId);
  }
  for (const path of paths) {
    const problem = globProblem(path);
    const shown = `${task.taskId}: scope.paths ${JSON.stringify(path.slice(0, 200))}`;
    if (problem !== null) return refuse("task.scope", `${shown}: ${problem}`, task.taskId);
    if (!isWithin(path, rules.scope.paths)) {
      const reason = `${shown} reaches beyond the run's scope; allowed: ${listed(rules.scope.paths)}`;
      return refuse("task.scope", reason, task.taskId);
    }
  }
  return null;
}

function checkCycles(plan: readonly TaskSpec[]): PlanRefusal | null {
  const cycle = findCycle(plan);
  const [first] = cycle ?? [];
  if (cycle === null || first === undefined) return null;
  return refuse(
    "plan.acyclic",
    `${first}: dependsOn closes a cycle: ${[...cycle, first].join(" → ")}`,
    first,
  );
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.slice(0, 20).join(", ");
}

function refuse(rule: string, reason: string, taskId: string | null): PlanRefusal {
  return { allowed: false, rule, reason, taskId };
}
