import * as z from "zod";

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

/** A check that a program makes at the end of a phase. */
export const criterionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("tasksCompleted") }),
  z.strictObject({ kind: z.literal("artifactExists"), artifact: z.enum(["report"]) }),
]);
export type Criterion = z.infer<typeof criterionSchema>;

/** What a criterion was found to be. `reason` says why it did not pass. */
export const evidenceSchema = z.strictObject({
  criterion: criterionSchema,
  passed: z.boolean(),
  reason: z.string().max(500).optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** The end of a phase: its criteria and what was decided on them. */
export const phaseGateSchema = z.strictObject({
  phase: phaseSchema,
  criteria: z.array(criterionSchema),
  decision: z.enum(["open", "passed", "failed"]),
});
export type PhaseGate = z.infer<typeof phaseGateSchema>;
