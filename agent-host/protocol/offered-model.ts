import * as z from "zod";
import { assistantMessageSchema, toolMessageSchema, userMessageSchema } from "./conversation.ts";

/** A language model of the editor (`vscode.lm`). */
export const offeredModelSchema = z.strictObject({
  id: z.string().min(1).max(200),
  vendor: z.string().max(100),
  family: z.string().max(100),
  name: z.string().max(200),
  maxInputTokens: z.int().min(1),
});
export type OfferedModel = z.infer<typeof offeredModelSchema>;

/** One call of such a model. */
export const offeredRequestSchema = z.strictObject({
  modelId: z.string().min(1).max(200),
  system: z.string(),
  messages: z.array(z.union([userMessageSchema, assistantMessageSchema, toolMessageSchema])),
  tools: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      inputSchema: z.record(z.string(), z.unknown()),
    }),
  ),
  maxOutputTokens: z.int().min(1),
});
export type OfferedRequest = z.infer<typeof offeredRequestSchema>;

/** What came of it. Token counts are the editor's own where it has any, else null. */
export const offeredAnswerSchema = z.union([
  z.strictObject({
    message: assistantMessageSchema,
    inputTokens: z.int().min(0).nullable(),
    outputTokens: z.int().min(0).nullable(),
  }),
  /** It could not answer. `code` is one of `model.*`. */
  z.strictObject({ code: z.string().max(100), problem: z.string().max(2_000) }),
]);
export type OfferedAnswer = z.infer<typeof offeredAnswerSchema>;
