import * as z from "zod";
import { runIdSchema, sha256Schema, taskIdSchema, workspaceIdSchema } from "./ids.ts";

/** Who did it. `id` is an identity, never a display name. */
export const actorSchema = z.strictObject({
  kind: z.enum(["user", "agent", "system"]),
  id: z.string().min(1).max(200),
  role: z.string().min(1).max(100),
});
export type Actor = z.infer<typeof actorSchema>;

export const outcomeSchema = z.enum(["ok", "denied", "failed", "cancelled"]);
export type Outcome = z.infer<typeof outcomeSchema>;

/**
 * One line of the journal, in this key order. `prevHash` is the SHA-256 of the bytes of the previous line
 * without its LF (64 zeros for the first), so any tool that hashes lines can verify the chain.
 * Not strict: a later release may add keys, and an old reader must still verify its lines.
 */
export const entrySchema = z.object({
  v: z.int().min(1),
  seq: z.int().min(1),
  time: z.iso.datetime(),
  type: z.string().min(1).max(100),
  workspaceId: workspaceIdSchema,
  runId: runIdSchema.nullable(),
  taskId: taskIdSchema.nullable(),
  cause: z.int().min(1).nullable(),
  traceId: z.string().max(64).nullable(),
  actor: actorSchema,
  resource: z.object({ type: z.string().max(100), id: z.string().max(500) }).nullable(),
  action: z.string().max(200),
  outcome: z.string().max(40),
  data: z.record(z.string(), z.unknown()),
  prevHash: sha256Schema,
});
export type Entry = z.infer<typeof entrySchema>;

/** `head.json`: the last durable entry at clean close and about every second. `hash` is of that entry's line. */
export const headSchema = z.strictObject({ seq: z.int().min(0), hash: sha256Schema });
export type Head = z.infer<typeof headSchema>;

/**
 * The verdict of `audit verify`.
 * `ok` all bytes chain · `torn` bytes after the last LF of the last segment, all acknowledged entries present ·
 * `truncated` entries that `head.json` names are missing · `broken` a line fails its check.
 */
export const verifyReportSchema = z.object({
  status: z.enum(["ok", "torn", "truncated", "broken"]),
  entries: z.int().min(0),
  head: headSchema.nullable(),
  firstBad: z
    .object({ seq: z.int().nullable(), segment: z.string(), line: z.int().min(1), reason: z.string() })
    .optional(),
  /** Segments with bytes after the length a later host accepted; never trusted, never removed. */
  fenced: z.array(z.object({ segment: z.string(), acceptedBytes: z.int(), extraBytes: z.int() })),
  /** Plain sentences for what is unusual but not wrong (a torn tail, fenced bytes; on the command line also runs without an end). */
  warnings: z.array(z.string()),
});
export type VerifyReport = z.infer<typeof verifyReportSchema>;
