import type { AnalysisMetrics, ResearchResult } from "../../protocol/analysis.ts";
import type { Finding, SeverityCounts } from "../../protocol/finding.ts";
import { countFindings, type ReportInput, type ReportRun, sortedFindings } from "./report-input.ts";

/**
 * The JSON report. Fields are only added within a `format`; one that is removed or changes its meaning gives the
 * next. Findings are sorted worst first; `null` stands for what does not apply.
 */
export interface JsonReport {
  readonly format: 1;
  readonly tool: { readonly name: string; readonly version: string };
  /** Absolute path of what was looked at; all other paths are relative to it, with `/`. */
  readonly root: string;
  readonly goal: string | null;
  readonly run: ReportRun | null;
  readonly summary: {
    readonly findings: SeverityCounts;
    /** Number of findings by category; categories without any are left out. */
    readonly byCategory: Readonly<Record<string, number>>;
    /** Number of findings by rule, most frequent first. */
    readonly byRule: Readonly<Record<string, number>>;
  };
  readonly metrics: AnalysisMetrics;
  readonly recommendations: readonly string[];
  readonly suggestions: readonly string[];
  readonly findings: readonly Finding[];
  readonly documents: ResearchResult["documents"];
  readonly facts: ResearchResult["facts"];
}

export function jsonReport(input: ReportInput): JsonReport {
  const findings = sortedFindings(input);
  const { metrics, recommendations, suggestions } = input.analysis;
  return {
    format: 1,
    tool: input.tool,
    root: input.root,
    goal: input.goal ?? null,
    run: input.run ?? null,
    summary: {
      findings: countFindings(input),
      byCategory: countsOf(findings.map((found) => found.category)),
      byRule: countsOf(findings.map((found) => found.ruleId)),
    },
    metrics,
    recommendations,
    suggestions,
    findings,
    documents: input.research?.documents ?? [],
    facts: input.research?.facts ?? [],
  };
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
