import type { Finding } from "../../protocol/finding.ts";
import type { FileFacts } from "../file-facts.ts";
import { isTestFile, roleOf } from "../files/file-role.ts";
import { finding } from "../rules/rule.ts";
import { parseProblem } from "../rules/structure-rules.ts";

/** Files a compiler would refuse. Fixtures and templates are often broken on purpose. */
export function findSyntaxErrors(facts: readonly FileFacts[]): Finding[] {
  return facts.flatMap((item) => {
    const role = roleOf(item.path);
    // The Python grammar here is looser and stricter than Python's own in places; its word is not enough.
    if (item.parseProblem === undefined || item.language === "python") return [];
    if (role === "fixture" || role === "docs") return [];
    // Below a folder of tests, what is no test itself may be what a test reads.
    if (role === "test" && !isTestFile(item.path)) return [];
    const { line, column, text } = placeOf(item.parseProblem);
    const isSource = role !== "example" && role !== "test";
    return finding(parseProblem, {
      file: item.path,
      range: { startLine: line, startColumn: column, endLine: line, endColumn: column + 1 },
      message: `The parser stops here: ${text}`,
      evidence: item.parseProblem,
      severity: isSource && !text.startsWith("nested") ? "error" : "info",
      identity: text,
    });
  });
}

/** Analyzers write `line:column message` when they know the place. */
function placeOf(problem: string): { line: number; column: number; text: string } {
  const match = /^(\d+):(\d+) (.*)$/s.exec(problem);
  return match === null
    ? { line: 1, column: 1, text: problem }
    : { line: Math.max(1, Number(match[1])), column: Math.max(1, Number(match[2])), text: match[3] ?? "" };
}
