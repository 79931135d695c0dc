import { HostError } from "../core/host-error.ts";
import type { AgentType, TaskType } from "../protocol/task.ts";
import type { Agent } from "./agent.ts";
import { agentLoop } from "./agent-loop.ts";

const defaultMaxTurns = 60;

// What a task needs that words cannot be: for these there is no default to fall back on.
const reminders: Partial<Record<TaskType, string>> = {
  "planning.plan": "Hand back the plan by calling plan_tasks. Words alone plan nothing.",
};

/**
 * An agent that works with a model through the desk of its task. `maxTurns` in the task's metadata limits the answers
 * of the model.
 */
export function modelAgent(agentType: AgentType, taskTypes: readonly TaskType[]): Agent {
  return {
    agentType,
    taskTypes,
    run: (context, emit, signal) => {
      const { taskType, metadata } = context.taskSpec;
      if (!taskTypes.includes(taskType)) {
        throw new HostError("agent.capability", `${agentType} does not do ${taskType}`);
      }
      const remind = reminders[taskType];
      const maxTurns = turnsOf(metadata.maxTurns);
      return agentLoop(context, { maxTurns, ...(remind === undefined ? {} : { remind }) }, emit, signal);
    },
  };
}

function turnsOf(text: string | undefined): number {
  const turns = Number(text);
  return Number.isInteger(turns) && turns > 0 ? turns : defaultMaxTurns;
}
