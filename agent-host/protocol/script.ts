import * as z from "zod";

/** One answer of a scripted model. */
export const turnSchema = z.strictObject({
  /** The turn counts only for tasks of this type, or whose instruction or last message includes this text. */
  when: z.strictObject({ taskType: z.string().optional(), includes: z.string().optional() }).optional(),
  text: z.string().max(1_000_000).optional(),
  toolCalls: z
    .array(z.strictObject({ name: z.string().min(1).max(200), input: z.unknown() }))
    .max(100)
    .optional(),
  usage: z.strictObject({ input: z.int().min(0), output: z.int().min(0) }).optional(),
  delayMs: z.number().min(0).max(3_600_000).optional(),
  /** The call fails like one over HTTP with this status. */
  error: z
    .strictObject({ status: z.int().min(100).max(599), retryAfterMs: z.number().min(0).optional() })
    .optional(),
  /** The stream ends after so many bytes of the answer. */
  cutAfterBytes: z.int().min(0).optional(),
  /** Issues the calls found as fenced `tool-call` JSON blocks in the last tool result: the model that obeys anyone. */
  obey: z.literal(true).optional(),
});
export type Turn = z.infer<typeof turnSchema>;

/** A script: what a model that is none answers, by agent; `*` for agents that are not named. */
export const scriptSchema = z.strictObject({
  format: z.literal(1),
  latencyMs: z.number().min(0).max(3_600_000).default(0),
  agents: z.record(z.string(), z.array(turnSchema).max(10_000)),
});
export type Script = z.infer<typeof scriptSchema>;
