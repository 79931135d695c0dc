import * as z from "zod";
import { codeAnalysisSchema, researchResultSchema } from "./analysis.ts";
import { findingSchema } from "./finding.ts";
import { taskIdSchema } from "./ids.ts";
import type { TaskType } from "./task.ts";

/** Commits that touched each file in the last year. `unavailable` says why there are none. */
export const historyContentSchema = z.strictObject({
  changes: z.record(z.string(), z.int().min(0)),
  unavailable: z.string().nullable(),
});
export type HistoryContent = z.infer<typeof historyContentSchema>;

export const documentCheckContentSchema = z.strictObject({ findings: z.array(findingSchema) });
export type DocumentCheckContent = z.infer<typeof documentCheckContentSchema>;

/** Names of the files that were written to the run's folder. */
export const reportContentSchema = z.strictObject({ files: z.array(z.string()) });
export type ReportContent = z.infer<typeof reportContentSchema>;

/** What a task with a model hands back, apart from its change set. */
export const workContentSchema = z.strictObject({
  /** What was done or found, in words for a person. */
  summary: z.string().min(1).max(20_000),
  /** What a later task or a person has to know: open questions, assumptions, risks. */
  notes: z.array(z.string().max(4_000)).max(100).default([]),
});
export type WorkContent = z.infer<typeof workContentSchema>;

/** What a reviewer hands back. Its findings are reported and counted by the gate. */
export const reviewContentSchema = z.strictObject({
  ...workContentSchema.shape,
  verdict: z.enum(["approve", "requestChanges", "none"]).default("none"),
  findings: z.array(findingSchema).max(500).default([]),
});
export type ReviewContent = z.infer<typeof reviewContentSchema>;

/** What a task that plans hands back; `planned` are the ids it added, which are journaled by themselves. */
export const planContentSchema = z.strictObject({
  ...workContentSchema.shape,
  planned: z.array(taskIdSchema).max(1_000).default([]),
});
export type PlanContent = z.infer<typeof planContentSchema>;

/** What each task type must hand back. */
export const contentSchemas = {
  "research.documents": researchResultSchema,
  "research.document-check": documentCheckContentSchema,
  "analysis.history": historyContentSchema,
  "analysis.code": codeAnalysisSchema,
  "delivery.report": reportContentSchema,
  "requirements.define": planContentSchema,
  "research.question": workContentSchema,
  "analysis.question": workContentSchema,
  "design.propose": planContentSchema,
  "planning.plan": planContentSchema,
  "implementation.code": workContentSchema,
  "implementation.tests": workContentSchema,
  "review.changes": reviewContentSchema,
  "verification.check": reviewContentSchema,
} as const satisfies Record<TaskType, z.ZodType>;
