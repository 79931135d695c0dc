import { digestOf } from "../core/digest.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { Phase } from "../protocol/phase.ts";
import type { SeedTask } from "../protocol/rules.ts";
import {
  agentTypeSchema,
  type TaskSpec,
  type TaskType,
  taskSpecSchema,
  taskTypeSchema,
} from "../protocol/task.ts";
import { type AgentCapabilities, checkPlan, type PlanRefusal } from "../rules/plan.ts";
import type { PlannedTaskInput } from "../tools/plan-tasks.ts";
import type { RunSetup } from "./run-setup.ts";

/** A task and the short name it is shown under. */
export interface PlannedTask {
  readonly spec: TaskSpec;
  readonly title: string;
  /** True: the title is the program's own, not a model's words. */
  readonly isOurs: boolean;
}

export type PlanOutcome =
  | { readonly kind: "planned"; readonly taskIds: readonly string[] }
  | { readonly kind: "refused"; readonly rule: string; readonly reason: string };

const leader: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };
const host: Actor = { kind: "system", id: "host", role: "host" };

export interface PlannerOptions {
  readonly setup: RunSetup;
  /** Agents that can work now. */
  readonly capabilities: AgentCapabilities;
}

/** Makes tasks: those the rules seed for a phase, those the leader plans, and those a person's words ask for. */
export class Planner {
  private readonly setup: RunSetup;
  private readonly capabilities: AgentCapabilities;

  constructor({ setup, capabilities }: PlannerOptions) {
    this.setup = setup;
    this.capabilities = capabilities;
  }

  /** The tasks the rules have for this phase, unless they are planned already. */
  async seed(phase: Phase): Promise<PlanOutcome> {
    const { log, pinned } = this.setup;
    const { phases } = log.state;
    const round = log.state.returns.filter(
      ({ to }) =>
        phases.findIndex((each) => each.phase === to) <= phases.findIndex((each) => each.phase === phase),
    ).length;
    const seeds = pinned.rules.phases[phase]?.tasks ?? [];
    const missing = seeds.filter((seed) => log.state.tasksById[roundId(seed.taskId, round)] === undefined);
    const able = missing.filter((seed) => !seed.optional || this.isAble(seed));
    await this.noteLeftOut(missing.filter((seed) => !able.includes(seed)));
    const planned = [
      ...able.map((seed) => this.fromSeed(seed, phase, round)),
      ...(await this.rework(phase, round)),
    ];
    return planned.length === 0 ? { kind: "planned", taskIds: [] } : await this.add(planned, phase);
  }

  /** Adds what the leader planned. A refusal is journaled and names what would be allowed. */
  async plan(inputs: readonly PlannedTaskInput[], current: Phase): Promise<PlanOutcome> {
    const most = this.setup.pinned.rules.limits.tasks;
    if (inputs.length > most) {
      return await this.refuse({
        allowed: false,
        rule: "plan.maxTasks",
        reason: `the plan has ${inputs.length} tasks, limits.tasks allows ${most}`,
        taskId: null,
      });
    }
    const planned: PlannedTask[] = [];
    for (const [index, input] of inputs.entries()) {
      const made = this.fromInput(input, index, current);
      if ("rule" in made) return await this.refuse(made);
      planned.push(made);
    }
    return await this.add(planned, current);
  }

  private async add(planned: readonly PlannedTask[], current: Phase): Promise<PlanOutcome> {
    const { log, pinned } = this.setup;
    const verdict = checkPlan(
      planned.map((task) => task.spec),
      {
        rules: { ...pinned.rules, scope: pinned.scope },
        phases: log.state.phases.map((each) => each.phase),
        current,
        agents: this.capabilities,
        existing: Object.values(log.state.tasksById),
        budgetComplexity: this.complexityLeft(),
      },
    );
    if (!verdict.allowed) return await this.refuse(verdict);
    const isNew = ({ spec }: PlannedTask): boolean => log.state.tasksById[spec.taskId] === undefined;
    await log.record(await Promise.all(planned.filter(isNew).map((task) => this.draft(task))));
    return { kind: "planned", taskIds: planned.map((task) => task.spec.taskId) };
  }

  private async refuse(refusal: PlanRefusal): Promise<PlanOutcome> {
    const { log } = this.setup;
    const data = { rule: refusal.rule, reason: await log.keep(refusal.reason) };
    await log.record([{ type: "task.refused", actor: host, outcome: "denied", data }]);
    return { kind: "refused", rule: refusal.rule, reason: refusal.reason };
  }

  private fromSeed(seed: SeedTask, phase: Phase, round: number): PlannedTask {
    const { log } = this.setup;
    const known = new Set(Object.keys(log.state.tasksById));
    const siblings = this.setup.pinned.rules.phases[phase]?.tasks ?? [];
    const dependsOn = seed.dependsOn
      .map((id) => (siblings.some((each) => each.taskId === id) ? roundId(id, round) : id))
      .filter((id) => known.has(id) || siblings.some((each) => roundId(each.taskId, round) === id));
    const { title, agentType, taskType, task, complexity, priority } = seed;
    const what = { agentType, taskType, task, complexity, priority, dependsOn };
    return this.planned(title, { taskId: roundId(seed.taskId, round), phase, ...what, paths: null });
  }

  /** A person sent the work back to where code is written: whoever wrote it gets the words. */
  private async rework(phase: Phase, round: number): Promise<PlannedTask[]> {
    const { log } = this.setup;
    const last = log.state.returns.at(-1);
    if (phase !== "implementation" || last === undefined || last.to !== "implementation") return [];
    const words = await log.recall(last.comment);
    const writers = new Set(
      Object.values(log.state.tasksById)
        .filter((task) => task.phase === "implementation")
        .map((task) => task.agentType),
    );
    const makers = writers.size > 0 ? [...writers] : (["back-end-coder"] as const);
    return makers.flatMap((agentType) => {
      const taskId = `t-rework-${agentType}-r${round}`;
      if (log.state.tasksById[taskId] !== undefined) return [];
      const task = `A person looked at the change and sent it back with these words:\n${words}`;
      const taskType = agentType === "tester" ? "implementation.tests" : "implementation.code";
      const what = { taskId, phase, agentType, taskType, task, complexity: 3, priority: 8 } as const;
      return [this.planned("Rework after review", { ...what, dependsOn: [], paths: null })];
    });
  }

  private fromInput(input: PlannedTaskInput, index: number, current: Phase): PlannedTask | PlanRefusal {
    const taskId = taskIdOf(input.taskId ?? input.title ?? `task ${index + 1}`);
    const agentType = agentTypeSchema.safeParse(input.agentType);
    if (!agentType.success) {
      const reason = `${taskId}: agentType: there is no agent ${shown(input.agentType)}; there are ${agentTypeSchema.options.join(", ")}`;
      return { allowed: false, rule: "plan.agentType", reason, taskId };
    }
    const wanted = this.taskTypeOf(input, agentType.data);
    const taskType = taskTypeSchema.safeParse(wanted);
    if (!taskType.success) {
      const reason = `${taskId}: taskType: there is no task type ${shown(wanted)}; there are ${taskTypeSchema.options.join(", ")}`;
      return { allowed: false, rule: "plan.taskType", reason, taskId };
    }
    const { task, complexity, priority, title, paths } = input;
    const draft = {
      taskId,
      phase: (input.phase ?? this.phaseOf(taskType.data, current)) as Phase,
      agentType: agentType.data,
      taskType: taskType.data,
      task,
      complexity,
      priority,
      dependsOn: input.dependsOn.map(taskIdOf),
      paths: paths.length === 0 ? null : paths,
    };
    const planned = this.planned(title ?? task, draft, false);
    const parsed = taskSpecSchema.safeParse(planned.spec);
    if (parsed.success) return planned;
    const issue = parsed.error.issues[0];
    const reason = `${taskId}: ${issue?.path.join(".")}: ${issue?.message}`;
    return { allowed: false, rule: "plan.schema", reason, taskId };
  }

  /** What is not said follows from the agent. */
  private taskTypeOf(input: PlannedTaskInput, agentType: TaskSpec["agentType"]): string {
    if (input.taskType !== null) return input.taskType;
    const byPhase = (this.capabilities.get(agentType) ?? []).filter(
      (each) => input.phase === null || each.startsWith(`${input.phase}.`),
    );
    return byPhase.find((each) => each === defaultTaskTypes[agentType]) ?? byPhase[0] ?? agentType;
  }

  /** The first phase, from the current one on, in which such a task may be done. */
  private phaseOf(taskType: TaskType, current: Phase): Phase {
    const phases = this.setup.log.state.phases.map((each) => each.phase);
    const allowing = phases.filter((each) =>
      this.setup.pinned.rules.phases[each]?.taskTypes.includes(taskType),
    );
    const from = phases.indexOf(current);
    return allowing.find((each) => phases.indexOf(each) >= from) ?? allowing[0] ?? current;
  }

  private planned(
    title: string,
    draft: Pick<
      TaskSpec,
      "taskId" | "phase" | "agentType" | "taskType" | "task" | "complexity" | "priority" | "dependsOn"
    > & { readonly paths: readonly string[] | null },
    isOurs = true,
  ): PlannedTask {
    const { log, pinned, rulesChecksum } = this.setup;
    const { paths, ...what } = draft;
    const scope = { paths: [...(paths ?? pinned.scope.paths)] };
    const contextHash = digestOf([rulesChecksum, log.state.goalBlob, what, scope]);
    const spec = {
      ...what,
      runId: log.runId,
      dependsOn: [...what.dependsOn],
      scope,
      contextHash,
      metadata: {},
    };
    return { spec, title: titleOf(title), isOurs };
  }

  private async draft({ spec, title, isOurs }: PlannedTask): Promise<EventDraft> {
    const { phase, agentType, taskType, complexity, priority, dependsOn, contextHash } = spec;
    const { log } = this.setup;
    const names = isOurs ? { title } : { title: taskType, name: await log.keep(title) };
    const data = { phase, agentType, taskType, complexity, priority, dependsOn, contextHash, ...names };
    return {
      type: "task.planned",
      taskId: spec.taskId,
      actor: leader,
      data: { ...data, spec: await log.keep(JSON.stringify(spec)) },
    };
  }

  private isAble({ agentType, taskType }: SeedTask): boolean {
    return (this.capabilities.get(agentType) ?? []).includes(taskType);
  }

  private async noteLeftOut(seeds: readonly SeedTask[]): Promise<void> {
    const { log } = this.setup;
    const drafts = seeds.map(async (seed): Promise<EventDraft> => {
      const reason = await log.keep(`${seed.title}: no ${seed.agentType} here can do ${seed.taskType}`);
      const data = { rule: "agent.available", reason };
      return { type: "task.refused", actor: host, outcome: "denied", data };
    });
    if (drafts.length > 0) await log.record(await Promise.all(drafts));
  }

  private complexityLeft(): number | null {
    const { budget, tasksById } = this.setup.log.state;
    if (budget.limits.complexity === null) return null;
    const planned = Object.values(tasksById).reduce((sum, task) => sum + task.complexity, 0);
    return budget.limits.complexity - planned;
  }
}

const defaultTaskTypes: Readonly<Partial<Record<TaskSpec["agentType"], TaskType>>> = {
  research: "research.question",
  "codebase-analyzer": "analysis.question",
  "front-end-coder": "implementation.code",
  "back-end-coder": "implementation.code",
  reviewer: "review.changes",
  tester: "implementation.tests",
};

/** A seed that is planned again after the work came back has a name of its own. */
function roundId(taskId: string, round: number): string {
  return round === 0 ? taskId : `${taskId}-r${round}`;
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

function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return line.length <= 120 ? line || "Task" : `${line.slice(0, 119)}…`;
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}
