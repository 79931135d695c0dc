import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { Phase } from "../protocol/phase.ts";
import type { SeedTask } from "../protocol/rules.ts";
import { type AgentCapabilities, checkPlan, type PlanRefusal } from "../rules/plan.ts";
import type { PlannedTaskInput } from "../tools/plan-tasks.ts";
import { plannedFromInput } from "./planned-input.ts";
import type { PlannedTask } from "./planned-task.ts";
import type { RunSetup } from "./run-setup.ts";
import { seedTasks } from "./seed-tasks.ts";

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

  /** The tasks the program has for this phase, unless they are planned already. */
  async seed(phase: Phase): Promise<PlanOutcome> {
    const { planned, leftOut } = await seedTasks(this.setup, this.capabilities, phase);
    await this.noteLeftOut(leftOut);
    return planned.length === 0 ? { kind: "planned", taskIds: [] } : await this.add(planned, phase);
  }

  /** Adds what the leader planned. A refusal is journaled and names what would be allowed. */
  async plan(inputs: readonly PlannedTaskInput[], current: Phase): Promise<PlanOutcome> {
    const { setup, capabilities } = this;
    const most = setup.pinned.rules.limits.tasks;
    if (inputs.length > most) {
      const reason = `the plan has ${inputs.length} tasks, limits.tasks allows ${most}`;
      return await this.refuse({ allowed: false, rule: "plan.maxTasks", reason, taskId: null });
    }
    const planned: PlannedTask[] = [];
    for (const [index, input] of inputs.entries()) {
      const made = plannedFromInput(input, { setup, capabilities, current, index });
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
