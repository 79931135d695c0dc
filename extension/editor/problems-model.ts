import type { Finding, Place, Severity } from "../../agent-host/protocol/finding.ts";

/** A problem of one file, with positions counted from 0 as the editor counts. */
export interface Problem {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly message: string;
  readonly range: ZeroRange;
  readonly related: readonly { readonly file: string; readonly range: ZeroRange; readonly message: string }[];
}

export interface ZeroRange {
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  readonly endCharacter: number;
}

/** Related places shown per problem; a cycle or a copy may have more. */
const maxRelated = 20;

/** Findings by file, the worst first, at most `maxProblems` of them. Files outside the folder are left out. Pure. */
export function problemsByFile(
  findings: readonly Finding[],
  maxProblems: number,
  alsoHere: string,
): Map<string, Problem[]> {
  const byFile = new Map<string, Problem[]>();
  const worstFirst = [...findings].sort((one, other) => rank[one.severity] - rank[other.severity]);
  for (const finding of worstFirst.filter(({ file }) => isInside(file)).slice(0, maxProblems)) {
    const problems = byFile.get(finding.file) ?? [];
    problems.push(problemOf(finding, alsoHere));
    byFile.set(finding.file, problems);
  }
  return byFile;
}

/** A path relative to the folder that does not lead out of it. */
export function isInside(file: string): boolean {
  return !file.startsWith("/") && !/^[A-Za-z]:/.test(file) && !file.split(/[\\/]/).includes("..");
}

function problemOf(finding: Finding, alsoHere: string): Problem {
  return {
    ruleId: finding.ruleId,
    severity: finding.severity,
    message: [finding.message, finding.remedy].filter((part) => part !== "").join(". "),
    range: zeroRange(finding),
    related: finding.related
      .filter(({ file }) => isInside(file))
      .slice(0, maxRelated)
      .map((place) => ({ file: place.file, range: zeroRange(place), message: place.note ?? alsoHere })),
  };
}

function zeroRange({ range }: Pick<Place, "range">): ZeroRange {
  return {
    startLine: range.startLine - 1,
    startCharacter: range.startColumn - 1,
    endLine: Math.max(range.endLine, range.startLine) - 1,
    endCharacter: range.endColumn - 1,
  };
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };
