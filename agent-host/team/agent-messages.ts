import type { SendMessage } from "../tools/message-agent.ts";
import type { RunLog } from "./run-log.ts";

/** Most tasks one message goes to. */
const maxRecipients = 20;

/**
 * Carries words of one task to others, as entries of the journal: whoever is at work hears them with the next turn, whoever
 * comes later with the first. They are marked as an agent's, so that they never pass for the person's.
 */
export function agentMessages(log: RunLog): SendMessage {
  return async ({ from, to, message }) => {
    const { tasksById } = log.state;
    const sender = tasksById[from];
    const heard = Object.values(tasksById).filter(
      ({ taskId, agentType, status }) =>
        taskId !== from &&
        (taskId === to || agentType === to) &&
        (status === "working" || status === "planned"),
    );
    const reached = heard.slice(0, maxRecipients);
    if (reached.length === 0) return [];
    const role = sender?.agentType ?? "agent";
    const words = await log.keep(`[From the ${role} of task ${from}, not from the person]\n${message}`);
    const actor = { kind: "agent" as const, id: role, role };
    await log.record(
      reached.map(({ taskId }) => ({
        type: "run.steered" as const,
        taskId,
        actor,
        data: { message: words },
      })),
    );
    return reached.map(({ taskId }) => taskId);
  };
}
