import * as z from "zod";

/** A tool call of a model. `id` pairs it with its result. */
export const toolCallSchema = z.strictObject({
  id: z.string().min(1).max(200),
  name: z.string().min(1).max(200),
  input: z.unknown(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/**
 * What a model answered in one turn. `stop`: why it ended. `pause`: its endpoint wants to be asked again with what it
 * said so far · `contextFull`: the conversation is longer than the model can read.
 */
export const assistantMessageSchema = z.strictObject({
  role: z.literal("assistant"),
  text: z.string(),
  toolCalls: z.array(toolCallSchema),
  stop: z.enum(["endTurn", "toolUse", "maxTokens", "refusal", "pause", "contextFull"]),
  /** Name of the model that said it; absent in older entries. */
  model: z.string().max(200).optional(),
  /** Its content exactly as the endpoint sent it, for the same model's next turn: signed thinking must go back unchanged. */
  blocks: z.array(z.unknown()).max(10_000).optional(),
});
export type AssistantMessage = z.infer<typeof assistantMessageSchema>;

/** What came of a tool call. `text` is at most 32 KiB; `isError` tells the model that it did not work. */
export const toolResultSchema = z.strictObject({
  toolCallId: z.string(),
  text: z.string(),
  isError: z.boolean(),
});
export type ToolResult = z.infer<typeof toolResultSchema>;

export const userMessageSchema = z.strictObject({ role: z.literal("user"), text: z.string() });
export type UserMessage = z.infer<typeof userMessageSchema>;

export const toolMessageSchema = z.strictObject({
  role: z.literal("tool"),
  results: z.array(toolResultSchema),
});
export type ToolMessage = z.infer<typeof toolMessageSchema>;

/** One message of a task's conversation, in order. */
export type Message = UserMessage | AssistantMessage | ToolMessage;

/** Inline size of a tool result, in bytes of UTF-8; longer ones end with how much is left out. */
export const maxToolResultBytes = 32 * 1_024;

/**
 * Parts the first message of a task's conversation: before it stands the instruction alone, after it what surrounds
 * the task (the run's goal, results of earlier tasks).
 */
export const contextMark = "\n\n<context>\n";

/** What a first message begins with where what surrounds the task stands before the instruction. */
export const contextStart = "<context>\n";

/** Parts such a first message: before it, what is the same for many tasks; after it, the instruction alone. */
export const contextEnd = "\n</context>\n\n";

/** The instruction in a task's first message, without what surrounds it. */
export function instructionOf(firstMessage: string): string {
  const end = firstMessage.startsWith(contextStart) ? firstMessage.indexOf(contextEnd) : -1;
  if (end !== -1) return firstMessage.slice(end + contextEnd.length);
  return firstMessage.split(contextMark, 1)[0] ?? "";
}

/** A first message in two: what may be the same for other tasks of the run, and the rest. One part where nothing is. */
export function sharedParts(firstMessage: string): string[] {
  const end = firstMessage.startsWith(contextStart) ? firstMessage.indexOf(contextEnd) : -1;
  if (end === -1) return [firstMessage];
  const cut = end + contextEnd.length;
  return [firstMessage.slice(0, cut), firstMessage.slice(cut)];
}

/** How the result of a call begins whose tool there is not, or whose input does not fit; such calls are counted. */
export const badCallMark = "Bad call: ";
