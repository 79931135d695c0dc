import * as z from "zod";
import { approverSchema } from "./approver.ts";
import { extentSchema } from "./decision-terms.ts";
import { keyIdSchema, sha256Schema, workspaceIdSchema } from "./ids.ts";
import { phaseSchema } from "./phase.ts";

/** What a person decides, whole: everything that changes the outcome is signed. */
export const decisionSchema = z.strictObject({
  workspaceId: workspaceIdSchema,
  /** A gate's, an approval's or (for an enrolment) a key's id. */
  id: z.string().min(1).max(100),
  /** Digest of exactly what is decided on, as `gate/list` or `approval/list` showed it. */
  digest: sha256Schema,
  answer: z.enum(["approve", "reject"]),
  /** Approvals only. */
  extent: extentSchema.default("once"),
  /** Gates that are rejected: the phase the work goes back to; null ends the run. */
  returnTo: phaseSchema.nullable().default(null),
  /** Gates: protected files that this decision clears, by name. */
  clears: z.array(z.string().max(4_096)).max(1_000).default([]),
  /** The person's words; for a rejected gate they go to the agents. */
  comment: z.string().max(8_000).default(""),
});
export type Decision = z.infer<typeof decisionSchema>;
export type DecisionInput = z.input<typeof decisionSchema>;

/** A decision and who made it: an Ed25519 signature over `decisionText`, in base64. */
export const signedDecisionSchema = z.strictObject({
  decision: decisionSchema,
  keyId: keyIdSchema,
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/, "an Ed25519 signature in base64 expected"),
});
export type SignedDecision = z.infer<typeof signedDecisionSchema>;

/**
 * The text that is signed: a line that names format and purpose, then the decision as JSON with its keys in the
 * order of the schema. Both sides make it from the parsed decision, so spelling cannot differ.
 */
export function decisionText(decision: Decision): string {
  const { workspaceId, id, digest, answer, extent, returnTo, clears, comment } = decision;
  const ordered = { workspaceId, id, digest, answer, extent, returnTo, clears, comment };
  return `agent-team decision v1\n${JSON.stringify(ordered)}`;
}

/** What an enrolled approver signs to admit a further key: `digestOf` this is the decision's digest. */
export const enrolmentSchema = z.strictObject({ workspaceId: workspaceIdSchema, approver: approverSchema });
export type Enrolment = z.infer<typeof enrolmentSchema>;
