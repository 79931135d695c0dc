import * as z from "zod";
import { blobRefSchema } from "./blob.ts";
import { severitySchema } from "./finding.ts";
import { gateIdSchema, sha256Schema, treeHashSchema } from "./ids.ts";

/** The ten phases, in order. */
export const phaseSchema = z.enum([
  "initialization",
  "requirements",
  "research",
  "analysis",
  "design",
  "planning",
  "implementation",
  "review",
  "verification",
  "delivery",
]);
export type Phase = z.infer<typeof phaseSchema>;

export const profileSchema = z.enum(["full", "change", "analysis"]);
export type Profile = z.infer<typeof profileSchema>;

/** Roles of people; each holds the rights of those before it. */
export const humanRoleSchema = z.enum(["viewer", "developer", "reviewer", "lead", "admin"]);
export type HumanRole = z.infer<typeof humanRoleSchema>;

/** What a gate can ask for in the run's folder or state. */
export const artifactSchema = z.enum(["report", "requirements", "design", "plan", "changes"]);
export type Artifact = z.infer<typeof artifactSchema>;

/** A check at the end of a phase. All but `humanApproval` are made by the program. */
export const criterionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("tasksCompleted") }),
  z.strictObject({ kind: z.literal("artifactExists"), artifact: artifactSchema }),
  /** One of the run's commands by name; its argv is pinned at the start of the run. */
  z.strictObject({ kind: z.literal("commandPasses"), command: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/) }),
  /** At most `max` findings of this severity or graver, reported in this phase. */
  z.strictObject({ kind: z.literal("findingsAtMost"), severity: severitySchema, max: z.int().min(0) }),
  z.strictObject({ kind: z.literal("diffWithinScope") }),
  z.strictObject({ kind: z.literal("budgetWithin") }),
  /** No file that fits the rules' `protected` globs changed; else a person clears each, in a signed decision. */
  z.strictObject({ kind: z.literal("protectedUnchanged") }),
  z.strictObject({ kind: z.literal("humanApproval"), role: humanRoleSchema }),
]);
export type Criterion = z.infer<typeof criterionSchema>;

/** What a criterion was found to be, for one tree under one set of rules. */
export const evidenceSchema = z.strictObject({
  criterion: criterionSchema,
  passed: z.boolean(),
  /** It did not pass, and a person may decide on it. False or absent: only a change of the work can mend it. */
  needsPerson: z.boolean().optional(),
  /** What proves it, or why it did not pass; in numbers and names of the program, no user paths. */
  reason: z.string().max(300).optional(),
  exitCode: z.int().nullable().optional(),
  durationMs: z.number().min(0).optional(),
  /** Output of the command, or the JSON array of files it is about. */
  detail: blobRefSchema.optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** What a person decides on at a gate; `digestOf` this is what is signed. */
export const gateSubjectSchema = z.strictObject({
  gateId: gateIdSchema,
  runId: z.string(),
  phase: phaseSchema,
  /** Tree the evidence is about; null in a run without trees. */
  treeHash: treeHashSchema.nullable(),
  rulesChecksum: sha256Schema,
  evidence: z.array(evidenceSchema),
  /** Protected files that changed; the decision must clear each by name. */
  protectedFiles: z.array(z.string()),
  /** Roles of which one is needed to decide. */
  approvers: z.array(humanRoleSchema),
});
export type GateSubject = z.infer<typeof gateSubjectSchema>;
