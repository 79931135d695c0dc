import { expect, test } from "vitest";
import { rankFindings } from "../../../../agent-host/analysis/rank.ts";
import { finding, type Rule } from "../../../../agent-host/analysis/rules/rule.ts";
import type { Finding, FindingCategory, Severity } from "../../../../agent-host/protocol/finding.ts";

function findings(amount: number, id: string, severity: Severity = "warning"): Finding[] {
  const category = id.split("/")[0] as FindingCategory;
  const rule: Rule = { id, category, severity, title: "t", why: "w", remedy: "r" };
  const range = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 };
  return Array.from({ length: amount }, (_, index) =>
    finding(rule, { file: `src/${index}/a.ts`, range, message: "m", evidence: String(index) }),
  );
}

function rulesOf(page: readonly Finding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { ruleId } of page) counts[ruleId] = (counts[ruleId] ?? 0) + 1;
  return counts;
}

test("no rule has more than eight of the first thirty while others wait", () => {
  const ranked = rankFindings([
    ...findings(40, "security/secret-token"),
    ...findings(10, "structure/import-cycle"),
    ...findings(10, "complexity/function"),
    ...findings(10, "documents/broken-link"),
  ]);
  expect(rulesOf(ranked.slice(0, 30))).toEqual({
    "security/secret-token": 8,
    "structure/import-cycle": 8,
    "complexity/function": 8,
    "documents/broken-link": 6,
  });
  expect(ranked).toHaveLength(70);
  expect(new Set(ranked).size).toBe(70);
});

test("one rule fills the page where it is the only one of its severity", () => {
  const ranked = rankFindings([
    ...findings(20, "documents/broken-link", "info"),
    ...findings(20, "complexity/function", "error"),
  ]);
  expect(ranked.slice(0, 20).every(({ severity }) => severity === "error")).toBe(true);
});

test("within a rule and a folder the producer's order stands", () => {
  const [first, second] = findings(2, "security/secret-token") as [Finding, Finding];
  const same = { ...second, file: first.file };
  expect(rankFindings([first, same])).toEqual([first, same]);
});

test("security stands before documents of the same severity", () => {
  const ranked = rankFindings([
    ...findings(1, "documents/broken-link"),
    ...findings(1, "security/secret-token"),
  ]);
  expect(ranked.map(({ category }) => category)).toEqual(["security", "documents"]);
});
