import * as z from "zod";

/** `error` is wrong or exploitable · `warning` will hurt · `info` is worth knowing. */
export const severitySchema = z.enum(["error", "warning", "info"]);
export type Severity = z.infer<typeof severitySchema>;

/** Lines and columns count from 1, columns in UTF-16 units; the end is exclusive in its column. */
export const rangeSchema = z.strictObject({
  startLine: z.int().min(1),
  startColumn: z.int().min(1),
  endLine: z.int().min(1),
  endColumn: z.int().min(1),
});
export type Range = z.infer<typeof rangeSchema>;

/** A place in the workspace; `file` is relative to its root, with `/`. */
export const placeSchema = z.strictObject({
  file: z.string().min(1),
  range: rangeSchema,
  note: z.string().optional(),
});
export type Place = z.infer<typeof placeSchema>;

export const findingCategorySchema = z.enum([
  "structure",
  "complexity",
  "duplication",
  "security",
  "dependencies",
  "documents",
]);
export type FindingCategory = z.infer<typeof findingCategorySchema>;

/** One thing found, at one place, with what proves it and what to do about it. */
export const findingSchema = z.strictObject({
  ruleId: z.string().regex(/^[a-z]+(\/[a-z0-9-]+)+$/),
  category: findingCategorySchema,
  severity: severitySchema,
  file: z.string().min(1),
  range: rangeSchema,
  /** What is wrong, in one sentence without a trailing dot. */
  message: z.string().min(1).max(1_000),
  /** The text or numbers that prove it; secrets are masked here. */
  evidence: z.string().max(2_000),
  /** Why it matters. */
  why: z.string().max(1_000),
  /** What to do. */
  remedy: z.string().max(1_000),
  /** Other places that belong to it: the rest of a cycle, the other copies. */
  related: z.array(placeSchema).max(100),
  /** Stays the same while the code around it moves; 32 hexadecimal digits. */
  fingerprint: z.string().regex(/^[0-9a-f]{32}$/),
  /** Replacement of `range` that mends it, where that is mechanical. */
  fix: z.strictObject({ title: z.string(), replacement: z.string() }).optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** Number of findings by severity. */
export const severityCountsSchema = z.strictObject({
  error: z.int().min(0),
  warning: z.int().min(0),
  info: z.int().min(0),
});
export type SeverityCounts = z.infer<typeof severityCountsSchema>;

export function countBySeverity(findings: readonly Pick<Finding, "severity">[]): SeverityCounts {
  const counts: SeverityCounts = { error: 0, warning: 0, info: 0 };
  for (const finding of findings) counts[finding.severity] += 1;
  return counts;
}
