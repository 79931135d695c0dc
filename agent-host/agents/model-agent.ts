import { HostError } from "../core/host-error.ts";
import type { AgentType, TaskType } from "../protocol/task.ts";
import type { Agent } from "./agent.ts";
import { agentLoop } from "./agent-loop.ts";

// The most that rules can allow; the desk stops at what they do allow.
const maxTurns = 1_000;

// What a task needs that words cannot be: for these there is no default to fall back on.
const reminders: Partial<Record<TaskType, string>> = {
  "planning.plan": "Hand back the plan by calling plan_tasks. Words alone plan nothing.",
};

/** An agent that works with a model through the desk of its task. */
export function modelAgent(agentType: AgentType, taskTypes: readonly TaskType[]): Agent {
  return {
    agentType,
    taskTypes,
    run: (context, emit, signal) => {
      const { taskType } = context.taskSpec;
      if (!taskTypes.includes(taskType)) {
        throw new HostError("agent.capability", `${agentType} does not do ${taskType}`);
      }
      const remind = reminders[taskType];
      return agentLoop(context, { maxTurns, ...(remind === undefined ? {} : { remind }) }, emit, signal);
    },
  };
}
