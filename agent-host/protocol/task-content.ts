import * as z from "zod";
import { codeAnalysisSchema, researchResultSchema } from "./analysis.ts";
import { findingSchema } from "./finding.ts";
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

/** What each task type must hand back. */
export const contentSchemas = {
  "research.documents": researchResultSchema,
  "research.document-check": documentCheckContentSchema,
  "analysis.history": historyContentSchema,
  "analysis.code": codeAnalysisSchema,
  "delivery.report": reportContentSchema,
} as const satisfies Record<TaskType, z.ZodType>;
