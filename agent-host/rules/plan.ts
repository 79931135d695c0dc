import type { Phase } from "../protocol/phase.ts";
import type { AgentType, TaskSpec, TaskType } from "../protocol/task.ts";
import { phaseRule, type Rules } from "./phases.ts";

/** What is known of the agents that could do the work. */
export type AgentCapabilities = ReadonlyMap<AgentType, readonly TaskType[]>;

export type PlanVerdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly rule: string;
      readonly reason: string;
      readonly taskId: string | null;
    };

/**
 * Decides whether a plan may run: a graph without cycles, each task in a phase that allows it, done by an agent
 * that can. The first breach is named.
 */
export function checkPlan(
  plan: readonly TaskSpec[],
  given: { rules: Rules; phases: readonly Phase[]; agents: AgentCapabilities },
): PlanVerdict {
  const { rules } = given;
  if (plan.length === 0) return refuse("plan.notEmpty", "the plan has no task", null);
  if (plan.length > rules.maxTasks) {
    return refuse("plan.maxTasks", `the plan has ${plan.length} tasks, ${rules.maxTasks} at most`, null);
  }
  const complexity = plan.reduce((sum, task) => sum + task.complexity, 0);
  if (complexity > rules.maxComplexity) {
    return refuse(
      "plan.maxComplexity",
      `the plan has ${complexity} complexity points, ${rules.maxComplexity} at most`,
      null,
    );
  }
  const byId = new Map(plan.map((task) => [task.taskId, task]));
  if (byId.size !== plan.length) return refuse("plan.uniqueIds", "two tasks have the same id", null);
  for (const task of plan) {
    const verdict = checkTask(task, byId, given);
    if (!verdict.allowed) return verdict;
  }
  const cyclic = taskInCycle(byId);
  return cyclic === null ? { allowed: true } : refuse("plan.acyclic", `${cyclic} waits for itself`, cyclic);
}

function checkTask(
  task: TaskSpec,
  byId: ReadonlyMap<string, TaskSpec>,
  given: { rules: Rules; phases: readonly Phase[]; agents: AgentCapabilities },
): PlanVerdict {
  const phase = phaseRule(given.rules, task.phase);
  const position = given.phases.indexOf(task.phase);
  if (phase === undefined || position < 0) {
    return refuse("plan.phase", `this profile has no phase ${task.phase}`, task.taskId);
  }
  if (!phase.taskTypes.includes(task.taskType)) {
    return refuse("phase.taskTypes", `${task.taskType} is not done in ${task.phase}`, task.taskId);
  }
  if (!phase.agents.includes(task.agentType)) {
    return refuse("phase.agents", `${task.agentType} does not work in ${task.phase}`, task.taskId);
  }
  if (!(given.agents.get(task.agentType) ?? []).includes(task.taskType)) {
    return refuse("agent.capability", `no ${task.agentType} here can do ${task.taskType}`, task.taskId);
  }
  for (const id of task.dependsOn) {
    const dependency = byId.get(id);
    if (dependency === undefined)
      return refuse("plan.dependsOn", `it waits for ${id}, which is not planned`, task.taskId);
    if (given.phases.indexOf(dependency.phase) > position) {
      return refuse("plan.phaseOrder", `it waits for ${id} of a later phase`, task.taskId);
    }
  }
  return { allowed: true };
}

/** Kahn's algorithm (1962): what is left after taking away everything that waits for nothing is on or behind a cycle. */
function taskInCycle(byId: ReadonlyMap<string, TaskSpec>): string | null {
  const waitsFor = new Map([...byId.values()].map((task) => [task.taskId, new Set(task.dependsOn)]));
  const dependents = new Map<string, string[]>();
  for (const task of byId.values()) {
    for (const id of task.dependsOn) dependents.set(id, [...(dependents.get(id) ?? []), task.taskId]);
  }
  const free = [...waitsFor].filter(([, open]) => open.size === 0).map(([id]) => id);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    waitsFor.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const open = waitsFor.get(dependent);
      open?.delete(id);
      if (open?.size === 0) free.push(dependent);
    }
  }
  return waitsFor.keys().next().value ?? null;
}

function refuse(rule: string, reason: string, taskId: string | null): PlanVerdict {
  return { allowed: false, rule, reason, taskId };
}
