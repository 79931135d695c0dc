import * as z from "zod";
import { severityCountsSchema } from "./finding.ts";
import { runIdSchema } from "./ids.ts";
import { phaseSchema, profileSchema } from "./phase.ts";
import { usageSchema } from "./task.ts";

/** Where the run's intelligence comes from. `offline` is the deterministic engine: no model, key or network. */
export const providerSchema = z.enum(["offline", "scripted", "anthropic", "vscode"]);
export type Provider = z.infer<typeof providerSchema>;

/** `interrupted`: it has no end in the journal and no host works on it; it can be resumed. */
export const runStatusSchema = z.enum(["running", "paused", "done", "failed", "cancelled", "interrupted"]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** What a person asks for. */
export const runRequestSchema = z.strictObject({
  goal: z.string().trim().min(1, "a goal is needed").max(20_000),
  profile: profileSchema.optional(),
  provider: providerSchema.default("offline"),
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
  firstSeq: z.int(),
  lastSeq: z.int(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;
