import type { ReportInput } from "../../../../../agent-host/analysis/report/report-input.ts";
import { type CodeAnalysis, codeAnalysisSchema } from "../../../../../agent-host/protocol/analysis.ts";
import { type Finding, findingSchema } from "../../../../../agent-host/protocol/finding.ts";

export function sampleFinding(change: Partial<Finding> = {}): Finding {
  return findingSchema.parse({
    ruleId: "security/eval",
    category: "security",
    severity: "error",
    file: "src/a.ts",
    range: { startLine: 12, startColumn: 3, endLine: 12, endColumn: 20 },
    message: "eval of text from outside",
    evidence: "eval(body)",
    why: "It runs anything.",
    remedy: "Do not.",
    related: [],
    fingerprint: "0123456789abcdef0123456789abcdef",
    ...change,
  });
}

export function sampleAnalysis(change: Partial<CodeAnalysis> = {}): CodeAnalysis {
  return codeAnalysisSchema.parse({
    findings: [],
    securityIssues: [],
    suggestions: [],
    recommendations: [],
    metrics: {
      files: 3,
      lines: 1_234,
      bytes: 5_000,
      byLanguage: [{ language: "typescript", files: 3, lines: 1_234 }],
      functions: 17,
      maxComplexity: 9,
      medianComplexity: 2,
      imports: 5,
      cycles: 1,
      duplicatedLines: 0,
      hotSpots: [],
      folderGraph: [],
      skipped: [],
      skippedCount: 0,
      durationMs: 1_500,
    },
    ...change,
  });
}

export function sampleInput(change: Partial<ReportInput> = {}): ReportInput {
  return {
    analysis: sampleAnalysis(),
    tool: { name: "agent-team", version: "1.2.3" },
    root: "/work space/app",
    ...change,
  };
}

/** Everything that a file name or a line of code may hold to deceive its reader. */
export const hostile =
  'a`b``c|d[e](javascript:x)<img src=x onerror=y>&lt;*_~#!\u202Ertl\u200Bzero\u001B[31m\nnext\tline\u2028sep "q" https://evil.example/';
