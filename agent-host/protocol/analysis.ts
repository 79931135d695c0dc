import * as z from "zod";
import { type Finding, findingSchema } from "./finding.ts";

/** A file whose complexity and frequency of change together make it costly. `score` = complexity × changes. */
export const hotSpotSchema = z.strictObject({
  file: z.string(),
  complexity: z.int().min(0),
  changes: z.int().min(0),
  score: z.number().min(0),
});
export type HotSpot = z.infer<typeof hotSpotSchema>;

/** An edge of the folder graph: `weight` imports from files below `from` to files below `to`. */
export const folderEdgeSchema = z.strictObject({ from: z.string(), to: z.string(), weight: z.int().min(1) });
export type FolderEdge = z.infer<typeof folderEdgeSchema>;

export const analysisMetricsSchema = z.strictObject({
  files: z.int().min(0),
  lines: z.int().min(0),
  bytes: z.int().min(0),
  byLanguage: z.array(z.strictObject({ language: z.string(), files: z.int(), lines: z.int() })),
  functions: z.int().min(0),
  /** Cyclomatic complexity (McCabe 1976), highest function. */
  maxComplexity: z.int().min(0),
  medianComplexity: z.number().min(0),
  imports: z.int().min(0),
  cycles: z.int().min(0),
  duplicatedLines: z.int().min(0),
  hotSpots: z.array(hotSpotSchema).max(50),
  folderGraph: z.array(folderEdgeSchema).max(200),
  /** Files not read and why, at most 200 of them; `skippedCount` counts all. */
  skipped: z.array(z.strictObject({ file: z.string(), reason: z.string() })).max(200),
  skippedCount: z.int().min(0),
  durationMs: z.number().min(0),
});
export type AnalysisMetrics = z.infer<typeof analysisMetricsSchema>;

/** What the analysis engine says about a code base. `securityIssues` are the findings of category `security`. */
export const codeAnalysisSchema = z.strictObject({
  findings: z.array(findingSchema),
  securityIssues: z.array(findingSchema),
  /** Small improvements, most useful first. */
  suggestions: z.array(z.string()),
  metrics: analysisMetricsSchema,
  /** What to do first, with the reason in numbers. */
  recommendations: z.array(z.string()),
});
export type CodeAnalysis = z.infer<typeof codeAnalysisSchema>;

/** All findings of an analysis, security issues first. */
export function allFindings(analysis: Pick<CodeAnalysis, "findings" | "securityIssues">): Finding[] {
  return [...analysis.securityIssues, ...analysis.findings];
}

/** What the workspace's own documents say, read without a model. */
export const researchResultSchema = z.strictObject({
  summary: z.string(),
  documents: z.array(
    z.strictObject({
      file: z.string(),
      kind: z.enum([
        "readme",
        "architecture",
        "contributing",
        "changelog",
        "decision",
        "licence",
        "guide",
        "agents",
      ]),
      title: z.string(),
      headings: z.array(z.string()).max(50),
      lines: z.int().min(0),
    }),
  ),
  facts: z.array(z.strictObject({ statement: z.string(), file: z.string(), line: z.int().min(1) })),
  findings: z.array(findingSchema),
});
export type ResearchResult = z.infer<typeof researchResultSchema>;
