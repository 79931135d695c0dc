import * as z from "zod";
import { approvalKindSchema, riskSchema } from "./decision-terms.ts";
import { approvalIdSchema, runIdSchema, sha256Schema, taskIdSchema } from "./ids.ts";
import { humanRoleSchema } from "./phase.ts";
import { agentTypeSchema } from "./task.ts";

/**
 * Exactly what is asked, made by the host from the bytes that will be used; no word of a model but in `input`.
 * `digestOf` this is what is signed, and what is compared again before the call runs.
 */
export const approvalSubjectSchema = z.strictObject({
  approvalId: approvalIdSchema,
  runId: runIdSchema.nullable(),
  taskId: taskIdSchema.nullable(),
  agentType: agentTypeSchema.nullable(),
  kind: approvalKindSchema,
  /** `run_command`, `write_file`, `rules.yaml`, … */
  tool: z.string().max(100),
  /** The whole input as the tool gets it. */
  input: z.unknown(),
  /** What would be done, rendered by the host: argv, file and size, checksum. One fact a line. */
  facts: z.array(z.string().max(4_000)).max(50),
  /** Why it is not allowed without a person. */
  reason: z.string().max(500),
  risk: riskSchema,
  /** What "for this run" and "always" would cover, as the rule that is kept; null: only this call. */
  pattern: z.string().max(1_000).nullable(),
  /** Never granted by policy: only a person's signature will do. */
  needsPerson: z.boolean(),
  /** Roles of which one is needed to decide. */
  approvers: z.array(humanRoleSchema),
});
export type ApprovalSubject = z.infer<typeof approvalSubjectSchema>;

/** One line of the inbox. */
export const approvalItemSchema = z.strictObject({
  subject: approvalSubjectSchema,
  digest: sha256Schema,
  requestedAt: z.string(),
  /** Milliseconds the request may stay open before it pauses the run; 0: as long as it takes. */
  limitMs: z.number().min(0),
});
export type ApprovalItem = z.infer<typeof approvalItemSchema>;
