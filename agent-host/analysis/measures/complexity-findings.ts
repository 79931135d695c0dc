import type { Finding, Severity } from "../../protocol/finding.ts";
import type { FileFacts, FunctionFact } from "../file-facts.ts";
import { roleOf } from "../files/file-role.ts";
import { comparePaths } from "../files/walk.ts";
import { complexFunction, deepNesting } from "../rules/complexity-rules.ts";
import { finding } from "../rules/rule.ts";

// McCabe proposed 10; teams that enforce a limit mostly settle at 15 to 20, and from 25 on few functions are defensible.
const warningFrom = 25;
const infoFrom = 15;
const nestingFrom = 6;

/** Functions too complex to test, judged in the project's own sources only; the worst first. */
export function findComplexFunctions(facts: readonly FileFacts[]): Finding[] {
  return facts
    .flatMap(({ path, functions }) => {
      const role = roleOf(path);
      if (role !== "source" && role !== "script") return [];
      return functions.filter(isNotable).map((fact) => ({ path, fact, isSource: role === "source" }));
    })
    .sort((a, b) => b.fact.complexity - a.fact.complexity || comparePaths(a.path, b.path))
    .map(({ path, fact, isSource }) => describe(path, fact, isSource));
}

function isNotable(fact: FunctionFact): boolean {
  return fact.tableLike !== true && (fact.complexity >= infoFrom || fact.maxNesting >= nestingFrom);
}

function describe(file: string, fact: FunctionFact, isSource: boolean): Finding {
  const range = headOf(fact);
  const numbers = `cyclomatic complexity ${fact.complexity}, ${fact.lines} lines, nested ${fact.maxNesting} deep`;
  if (fact.complexity >= infoFrom) {
    const severity: Severity = fact.complexity >= warningFrom && isSource ? "warning" : "info";
    return finding(complexFunction, {
      file,
      range,
      message: `${fact.name} has ${fact.complexity} independent paths in ${fact.lines} lines`,
      evidence: numbers,
      severity,
      identity: fact.name,
    });
  }
  return finding(deepNesting, {
    file,
    range,
    message: `${fact.name} is nested ${fact.maxNesting} levels deep`,
    evidence: numbers,
    identity: fact.name,
  });
}

/** Only the first line: a marker over hundreds of lines hides every other one. */
function headOf({ range }: FunctionFact): FunctionFact["range"] {
  if (range.startLine === range.endLine) return range;
  return { ...range, endLine: range.startLine + 1, endColumn: 1 };
}
