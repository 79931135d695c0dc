import { expect, test } from "vitest";
import { jsonReport } from "../../../../../agent-host/analysis/report/json-report.ts";
import { sampleAnalysis, sampleFinding, sampleInput } from "./sample-report.ts";

test("the JSON report has all its fields, counts, and findings worst first", () => {
  const analysis = sampleAnalysis({
    securityIssues: [sampleFinding({ severity: "info" })],
    findings: [
      sampleFinding({ category: "structure", ruleId: "structure/cycle", severity: "warning" }),
      sampleFinding({ severity: "info", file: "b.ts" }),
    ],
  });
  const report = JSON.parse(JSON.stringify(jsonReport(sampleInput({ analysis }))));
  expect(Object.keys(report)).toEqual([
    "format",
    "tool",
    "root",
    "goal",
    "run",
    "summary",
    "metrics",
    "recommendations",
    "suggestions",
    "findings",
    "documents",
    "facts",
  ]);
  expect(report).toMatchObject({ format: 1, goal: null, run: null });
  expect(report.summary).toEqual({
    findings: { error: 0, warning: 1, info: 2 },
    byCategory: { security: 2, structure: 1 },
    byRule: { "security/eval": 2, "structure/cycle": 1 },
  });
  expect(report.findings.map((found: { severity: string }) => found.severity)).toEqual([
    "warning",
    "info",
    "info",
  ]);
});
