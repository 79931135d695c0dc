import * as z from "zod";
import { usageSchema } from "./task.ts";

/** Longest text of one part of a conversation that is sent to a client, in characters; the rest is left out. */
export const maxItemCharacters = 20_000;

/** One message of a task's conversation as it is shown. `index` counts from 0; `seq` is the entry it became durable with. */
export const conversationItemSchema = z.strictObject({
  index: z.int().min(0),
  seq: z.int().min(0),
  time: z.string(),
  attempt: z.int().min(1),
  role: z.enum(["user", "assistant", "tool"]),
  text: z.string(),
  /** Calls that an assistant made, with the input as JSON. */
  toolCalls: z.array(z.strictObject({ id: z.string(), name: z.string(), input: z.string() })).optional(),
  /** Of a tool result: the call it answers. */
  toolCallId: z.string().optional(),
  isError: z.boolean().optional(),
  model: z.string().optional(),
  usage: usageSchema.optional(),
});
export type ConversationItem = z.infer<typeof conversationItemSchema>;
