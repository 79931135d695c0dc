import type { AgentType, TaskType } from "../protocol/task.ts";
import type { AgentCapabilities } from "../rules/plan.ts";
import type { ModelChains } from "./run-setup.ts";

/** An agent that is attached to the hub and can be given work. */
export interface RegisteredAgent {
  readonly agentId: string;
  readonly agentType: AgentType;
  readonly taskTypes: readonly TaskType[];
}

export interface AgentRegistryOptions {
  readonly agents: readonly RegisteredAgent[];
  monotonicMs(): number;
}

/** An agent that was not heard of for so long is taken for gone. */
export const lostAfterMs = 45_000;

/** Task types that the program's own agents do without a model. */
const withoutModel: ReadonlySet<TaskType> = new Set<TaskType>([
  "research.documents",
  "research.document-check",
  "analysis.history",
  "analysis.code",
  "delivery.report",
]);

export function needsModel(taskType: TaskType): boolean {
  return !withoutModel.has(taskType);
}

/**
 * Which agents there are, what they can do, and when each was last heard of. Agents are stateless between tasks, so
 * one serves many at once.
 */
export class AgentRegistry {
  private readonly options: AgentRegistryOptions;
  private readonly heardAt = new Map<string, number>();

  constructor(options: AgentRegistryOptions) {
    this.options = options;
    for (const { agentId } of options.agents) this.noteHeartbeat(agentId);
  }

  noteHeartbeat(agentId: string): void {
    this.heardAt.set(agentId, this.options.monotonicMs());
  }

  isAlive(agentId: string): boolean {
    const heardAt = this.heardAt.get(agentId);
    return heardAt !== undefined && this.options.monotonicMs() - heardAt <= lostAfterMs;
  }

  /** What the agents that are alive can do with these models; without any, what needs none. */
  capabilities(models: ModelChains | null): AgentCapabilities {
    const able = new Map<AgentType, TaskType[]>();
    for (const agent of this.options.agents) {
      if (!this.isAlive(agent.agentId)) continue;
      const isServed = models?.for(agent.agentType).some((model) => model.serves(agent.agentType)) ?? false;
      const types = agent.taskTypes.filter((taskType) => !needsModel(taskType) || isServed);
      able.set(agent.agentType, [...(able.get(agent.agentType) ?? []), ...types]);
    }
    return able;
  }

  find(agentType: AgentType, taskType: TaskType): RegisteredAgent | undefined {
    return this.options.agents.find(
      (agent) =>
        agent.agentType === agentType && agent.taskTypes.includes(taskType) && this.isAlive(agent.agentId),
    );
  }
}
