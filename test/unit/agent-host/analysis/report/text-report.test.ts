import { expect, test } from "vitest";
import { textReport } from "../../../../../agent-host/analysis/report/text-report.ts";
import { hostile, sampleAnalysis, sampleFinding, sampleInput } from "./sample-report.ts";

const analysis = sampleAnalysis({
  securityIssues: [sampleFinding()],
  findings: [
    sampleFinding({
      severity: "warning",
      category: "structure",
      ruleId: "structure/cycle",
      file: "src/long/name.ts",
      message: "Cycle of 2 files",
    }),
    sampleFinding({
      severity: "warning",
      category: "structure",
      ruleId: "structure/cycle",
      file: "src/a.ts",
      message: "Cycle of 3 files",
    }),
  ],
  recommendations: ["Break the cycle"],
});

test("places come first and line up, the summary comes last", () => {
  expect(textReport(sampleInput({ analysis }), { color: false })).toBe(
    [
      "Errors (1)",
      "  src/a.ts:12:3  eval of text from outside  security/eval",
      "",
      "Warnings (2)",
      "  src/long/name.ts:12:3  Cycle of 2 files  structure/cycle",
      "  src/a.ts:12:3          Cycle of 3 files  structure/cycle",
      "",
      "Do first",
      "  1. Break the cycle",
      "",
      "1 error, 2 warnings, no notes in 3 files, 1,234 lines, 17 functions",
      "Most complex function 9, 1 import cycle, no duplicated lines · 1.5 s",
      "",
    ].join("\n"),
  );
});

test("a long list ends with the number of the others", () => {
  const text = textReport(sampleInput({ analysis }), { color: false, maxFindings: 1 });
  expect(text).toContain("… and 2 more");
  expect(text).not.toContain("Warnings (2)");
});

test("colours come only on request, and never from the workspace", () => {
  const wild = sampleAnalysis({ findings: [sampleFinding({ file: hostile, message: hostile })] });
  const plain = textReport(sampleInput({ analysis: wild }), { color: false });
  expect(plain).not.toMatch(/[\p{Cf}\p{Zl}]|(?!\n)\p{Cc}/u);
  expect(plain).toContain("\\u{1B}[31m");
  expect(textReport(sampleInput({ analysis }), { color: true })).toContain("\u001B[31;1mErrors (1)\u001B[0m");
});
