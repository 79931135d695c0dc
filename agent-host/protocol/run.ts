import * as z from "zod";
import { attachmentSchema, maxAttachments } from "./attachment.ts";
import { severityCountsSchema } from "./finding.ts";
import { runIdSchema } from "./ids.ts";
import { phaseSchema, profileSchema } from "./phase.ts";
import { usageSchema } from "./task.ts";

/** Where the run's intelligence comes from. `offline` is the deterministic engine: no model, key or network. */
export const providerSchema = z.enum(["offline", "scripted", "anthropic", "vscode"]);
export type Provider = z.infer<typeof providerSchema>;

/** `interrupted`: it has no end in the journal and no host works on it; it can be resumed. */
export const runStatusSchema = z.enum([
  "running",
  /** Nothing can go on before a person answers a gate or an approval. */
  "waiting",
  "paused",
  "done",
  "failed",
  "cancelled",
  "interrupted",
]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/**
 * What happens to a request for approval: `ask` a person · `auto` grants what lies in scope, is no control-plane write,
 * and without a sandbox no high risk · `never` refuses each, and a gate that needs a person does not pass. No policy
 * ever passes such a gate.
 */
export const approveModeSchema = z.enum(["ask", "auto", "never"]);
export type ApproveMode = z.infer<typeof approveModeSchema>;

/** Whether commands of agents and gates run apart from the state folder, the socket and the keys. */
export const assuranceSchema = z.enum(["sandboxed", "unsandboxed"]);
export type Assurance = z.infer<typeof assuranceSchema>;

/** What a person asks for. */
export const runRequestSchema = z.strictObject({
  goal: z.string().trim().min(1, "a goal is needed").max(20_000),
  profile: profileSchema.optional(),
  /** Absent: what config.yaml of the state folder names, else `offline`. */
  provider: providerSchema.optional(),
  approve: approveModeSchema.default("ask"),
  /** Most money to spend; the rules' budget where absent. */
  budgetUsd: z.number().min(0).max(1_000_000).optional(),
  /** Text of the script file, with `scripted`. */
  script: z.string().max(4_000_000).optional(),
  /** Model for every agent, as `model` or `endpoint:model`; absent: what config.yaml says for each. */
  model: z.string().trim().min(1).max(200).optional(),
  attachments: z.array(attachmentSchema).max(maxAttachments).optional(),
  /** The person trusts this folder: processes may start in it. Kept for later runs. */
  trust: z.boolean().default(false),
});
export type RunRequest = z.input<typeof runRequestSchema>;

/** One line of a run list. Times are ISO 8601 UTC. */
export const runSummarySchema = z.strictObject({
  runId: runIdSchema,
  /** First line of the goal, at most 120 characters; the whole goal is in the run's blobs. */
  title: z.string(),
  profile: profileSchema,
  provider: providerSchema,
  status: runStatusSchema,
  phase: phaseSchema.nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
  exitCode: z.int().nullable(),
  tasks: z.strictObject({ total: z.int(), finished: z.int() }),
  findings: severityCountsSchema,
  usage: usageSchema,
  /** Why it is paused, as `run.paused` has it; null while it is not. */
  pauseCause: z.string().nullable(),
  /** Gates and approvals that wait for a person. */
  waits: z.int().min(0),
  firstSeq: z.int(),
  lastSeq: z.int(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;
