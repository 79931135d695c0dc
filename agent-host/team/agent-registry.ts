import type { AgentType, TaskType } from "../protocol/task.ts";
import type { AgentCapabilities } from "../rules/plan.ts";

/** An agent that is attached to the hub and can be given work. */
export interface RegisteredAgent {
  readonly agentId: string;
  readonly agentType: AgentType;
  readonly taskTypes: readonly TaskType[];
}

/** Which agents there are and what they can do. Agents are stateless between tasks, so one serves many at once. */
export class AgentRegistry {
  private readonly agents: readonly RegisteredAgent[];

  constructor(agents: readonly RegisteredAgent[]) {
    this.agents = agents;
  }

  get capabilities(): AgentCapabilities {
    return new Map(this.agents.map((agent) => [agent.agentType, agent.taskTypes]));
  }

  find(agentType: AgentType, taskType: TaskType): RegisteredAgent | undefined {
    return this.agents.find((agent) => agent.agentType === agentType && agent.taskTypes.includes(taskType));
  }
}
