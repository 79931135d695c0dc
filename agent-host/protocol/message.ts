import * as z from "zod";

/** What the hub carries between leader and agents. `priority` 10 goes first. */
export const agentMessageSchema = z.strictObject({
  messageId: z.string().min(1).max(100),
  sender: z.string().min(1).max(100),
  recipient: z.string().min(1).max(100),
  type: z.enum(["task.assign", "task.result", "task.progress", "task.cancel", "agent.heartbeat"]),
  timestamp: z.iso.datetime(),
  payload: z.unknown(),
  correlationId: z.string().min(1).max(100),
  requiresAck: z.boolean(),
  priority: z.int().min(1).max(10),
});
export type AgentMessage = z.infer<typeof agentMessageSchema>;
