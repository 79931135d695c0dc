import { expect, test } from "vitest";
import { finding, type Rule } from "../../../../agent-host/analysis/rules/rule.ts";
import { weighFindings } from "../../../../agent-host/analysis/weigh-findings.ts";

function severityOf(path: string, text: string, id = "security/code-from-text"): string | undefined {
  const rule: Rule = { id, category: "security", severity: "error", title: "t", why: "w", remedy: "r" };
  const lines = text.split("\n").length;
  const range = { startLine: lines, startColumn: 1, endLine: lines, endColumn: 2 };
  const found = finding(rule, { file: path, range, message: "m", evidence: "e" });
  return weighFindings([found], { path, text, language: "typescript", bytes: text.length })[0]?.severity;
}

test.each([
  ["src/a.ts", "eval(x)", "error"],
  ["playground/a.ts", "eval(x)", "info"],
  ["packages/create-app/template-vue/a.ts", "eval(x)", "info"],
  ["docs/a.ts", "eval(x)", "info"],
  ["src/a.ts", "eval(x) // CodeQL [SM04509] never evaluated", "info"],
  ["src/a.ts", "// eslint-disable-next-line no-eval\neval(x)", "info"],
  ["src/a.ts", "// eslint-disable-next-line no-console\neval(x)", "error"],
  ["src/a.py", "eval(x)  # noqa: S307", "info"],
  ["src/a.py", "a()  # nosec\n\n\neval(x)", "error"],
])("%s %j is %s", (path, text, severity) => {
  expect(severityOf(path, text)).toBe(severity);
});

test("a token counts by its own rule, wherever it stands", () => {
  expect(severityOf("docs/a.ts", "x", "security/secret-token")).toBe("error");
});
