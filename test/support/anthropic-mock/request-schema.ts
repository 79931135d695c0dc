import * as z from "zod";

// What a request may hold, as far as an agent loop needs it (Messages API, version 2026-10-21). Any other field is
// refused, as the API does.
const cacheControl = z.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() });
const marked = { cache_control: cacheControl.nullish() };
const id = z.string().regex(/^[a-zA-Z0-9_-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'");
const name = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,128}$/, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'");

const text = z.strictObject({
  type: z.literal("text"),
  text: z
    .string()
    .refine((value) => value.trim() !== "", "text content blocks must contain non-whitespace text"),
  citations: z.null().optional(),
  ...marked,
});
const toolUse = z.strictObject({
  type: z.literal("tool_use"),
  id,
  name,
  input: z.record(z.string(), z.unknown()),
  caller: z.strictObject({ type: z.literal("direct") }).optional(),
  ...marked,
});
const toolResult = z
  .strictObject({
    type: z.literal("tool_result"),
    tool_use_id: id,
    content: z.union([z.string(), z.array(text).min(1)]).optional(),
    is_error: z.boolean().optional(),
    ...marked,
  })
  .refine(({ is_error, content }) => is_error !== true || (content ?? "") !== "", {
    message: "content cannot be empty if `is_error` is true",
  });
const thinking = z.strictObject({
  type: z.literal("thinking"),
  thinking: z.string(),
  signature: z.string().min(1),
});
const redactedThinking = z.strictObject({ type: z.literal("redacted_thinking"), data: z.string().min(1) });

const userContent = z.array(z.discriminatedUnion("type", [text, toolResult])).min(1);
const assistantContent = z
  .array(z.discriminatedUnion("type", [text, toolUse, thinking, redactedThinking]))
  .min(1);
const blankless = z.string().refine((value) => value.trim() !== "", "messages must have non-empty content");

const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("user"), content: z.union([blankless, userContent]) }),
  z.strictObject({ role: z.literal("assistant"), content: z.union([blankless, assistantContent]) }),
]);

const tool = z.strictObject({
  type: z.literal("custom").optional(),
  name,
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal("object") }),
  ...marked,
});

const counted = {
  model: z.string().min(1),
  messages: z.array(message).min(1).max(100_000),
  system: z.union([z.string(), z.array(text)]).optional(),
  tools: z.array(tool).optional(),
  tool_choice: z.looseObject({ type: z.enum(["auto", "any", "tool", "none"]) }).optional(),
  thinking: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("adaptive"), display: z.enum(["summarized", "omitted"]).nullish() }),
      z.strictObject({ type: z.literal("disabled") }),
      z.strictObject({ type: z.literal("enabled"), budget_tokens: z.int().min(1_024) }),
    ])
    .optional(),
  output_config: z
    .strictObject({ effort: z.enum(["low", "medium", "high", "xhigh", "max"]).nullish() })
    .optional(),
  ...marked,
};

export const countRequestSchema = z.strictObject(counted);
export const messageRequestSchema = z.strictObject({
  ...counted,
  max_tokens: z.int().min(1),
  stream: z.boolean().optional(),
  stop_sequences: z.array(z.string().min(1)).optional(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  service_tier: z.enum(["auto", "standard_only"]).optional(),
});

export type CountBody = z.infer<typeof countRequestSchema>;
export type MessageBody = z.infer<typeof messageRequestSchema>;
export type ApiMessage = CountBody["messages"][number];
export type ApiBlock = Exclude<ApiMessage["content"], string>[number];
