import { type Phase, phaseSchema } from "../protocol/phase.ts";
import {
  type AgentType,
  agentTypeSchema,
  type TaskType,
  taskSpecSchema,
  taskTypeSchema,
} from "../protocol/task.ts";
import type { AgentCapabilities, PlanRefusal } from "../rules/plan.ts";
import type { PlannedTaskInput } from "../tools/plan-tasks.ts";
import { type PlannedTask, plannedTask } from "./planned-task.ts";
import type { RunSetup } from "./run-setup.ts";
import { isSeedId } from "./seed-tasks.ts";

export interface PlanPlace {
  readonly setup: RunSetup;
  readonly capabilities: AgentCapabilities;
  /** Phase in which it is planned. */
  readonly current: Phase;
  /** Place in the plan, from 0. */
  readonly index: number;
}

/** A task as a model planned it, with what it left unsaid filled in; or what about it makes no sense, and what would. */
export function plannedFromInput(input: PlannedTaskInput, place: PlanPlace): PlannedTask | PlanRefusal {
  const taskId = taskIdOf(input.taskId ?? input.title ?? `task ${place.index + 1}`);
  const refuse = (rule: string, reason: string): PlanRefusal => {
    return { allowed: false, rule, reason: `${taskId}: ${reason}`, taskId };
  };
  if (isSeedId(taskId, place.setup.pinned.rules)) {
    return refuse(
      "plan.uniqueIds",
      "taskId: tasks of this name are planned by the program; another is needed",
    );
  }
  const agentType = agentTypeSchema.safeParse(input.agentType);
  if (!agentType.success) {
    const reason = `agentType: there is no agent ${shown(input.agentType)}; there are ${agentTypeSchema.options.join(", ")}`;
    return refuse("plan.agentType", reason);
  }
  const phase = phaseSchema.nullable().safeParse(input.phase);
  if (!phase.success) {
    const reason = `phase: there is no phase ${shown(input.phase ?? "")}; there are ${phaseSchema.options.join(", ")}`;
    return refuse("plan.phase", reason);
  }
  const wanted = input.taskType ?? usualTaskType(agentType.data, phase.data, place.capabilities);
  const taskType = taskTypeSchema.safeParse(wanted);
  if (!taskType.success) {
    const reason = `taskType: there is no task type ${shown(wanted)}; there are ${taskTypeSchema.options.join(", ")}`;
    return refuse("plan.taskType", reason);
  }
  const { task, complexity, priority, title, paths } = input;
  const draft = {
    taskId,
    phase: phase.data ?? phaseOf(taskType.data, place),
    agentType: agentType.data,
    taskType: taskType.data,
    ...{ task, complexity, priority },
    dependsOn: input.dependsOn.map(taskIdOf),
    paths: paths.length === 0 ? null : paths,
  };
  const planned = plannedTask(place.setup, draft, { title: title ?? task, isOurs: false });
  const issue = taskSpecSchema.safeParse(planned.spec).error?.issues[0];
  return issue === undefined ? planned : refuse("plan.schema", `${issue.path.join(".")}: ${issue.message}`);
}

/** What follows from the agent, of what is done in this phase where one is named. */
function usualTaskType(agentType: AgentType, phase: Phase | null, capabilities: AgentCapabilities): string {
  const able = capabilities.get(agentType) ?? [];
  const usual = usualTaskTypes[agentType];
  const fitting = able.filter((each) => phase === null || each.startsWith(`${phase}.`));
  return fitting.find((each) => each === usual) ?? fitting[0] ?? usual ?? able[0] ?? agentType;
}

const usualTaskTypes: Readonly<Partial<Record<AgentType, TaskType>>> = {
  research: "research.question",
  "codebase-analyzer": "analysis.question",
  "front-end-coder": "implementation.code",
  "back-end-coder": "implementation.code",
  reviewer: "review.changes",
  tester: "implementation.tests",
};

/** The first phase, from the current one on, in which such a task may be done. */
function phaseOf(taskType: TaskType, { setup, current }: PlanPlace): Phase {
  const phases = setup.log.state.phases.map((each) => each.phase);
  const allowing = phases.filter((each) => setup.pinned.rules.phases[each]?.taskTypes.includes(taskType));
  const from = phases.indexOf(current);
  return allowing.find((each) => phases.indexOf(each) >= from) ?? allowing[0] ?? current;
}

/** Whatever a model calls a task, as an id of ours; the same words give the same id. */
function taskIdOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50);
  return slug.startsWith("t-") ? slug : `t-${slug === "" ? "task" : slug}`;
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}
