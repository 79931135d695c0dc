import type { AnalysisMetrics } from "../../protocol/analysis.ts";
import { countBySeverity, type Finding } from "../../protocol/finding.ts";

const maxLines = 12;

export interface AdviceInput {
  /** Ranked, most important first. */
  readonly findings: readonly Finding[];
  readonly metrics: AnalysisMetrics;
  /** Packages whose entry points are not known well enough to judge use. */
  readonly doubtfulPackages: readonly string[];
}

/** What to do first, with the reason in numbers. */
export function recommend(input: AdviceInput): string[] {
  const { findings, metrics } = input;
  return [
    ...adviseOnSecurity(findings),
    ...adviseOnErrors(findings),
    ...adviseOnHotSpots(metrics),
    ...adviseOnCycles(findings),
    ...adviseOnCopies(findings, metrics),
    ...adviseOnComplexity(findings),
    ...adviseOnUnreached(findings),
  ].slice(0, maxLines);
}

/** Small improvements, most useful first. */
export function suggest({ findings, metrics, doubtfulPackages }: AdviceInput): string[] {
  const lines: string[] = [];
  const unused = findings.filter(({ ruleId }) => ruleId === "structure/unused-export");
  if (unused.length > 0) {
    lines.push(
      `Remove or un-export ${count(exportsIn(unused), "export")} that nothing imports, such as ${nameList(unused)}.`,
    );
  }
  const undeclared = new Set(
    findings
      .filter(({ ruleId }) => ruleId === "dependencies/undeclared")
      .map(({ message }) => message.split(" ")[0] ?? ""),
  );
  if (undeclared.size > 0)
    lines.push(`Declare ${[...undeclared].slice(0, 5).join(", ")} where they are imported.`);
  for (const folder of doubtfulPackages.slice(0, 3)) {
    const name = folder === "" ? "the root package" : folder;
    lines.push(
      `Name the entry points of ${name} in its package.json: too much of it seems unreached to judge what is used.`,
    );
  }
  const leftOut = metrics.skipped.filter(
    ({ reason }) => reason !== "binary" && reason !== "symbolic link",
  ).length;
  if (leftOut > 0) {
    const places = count(leftOut, "file or folder", "files or folders");
    lines.push(`Look at the list of ${places} that were left out: what is in there was not judged.`);
  }
  return lines;
}

function adviseOnSecurity(findings: readonly Finding[]): string[] {
  const issues = findings.filter(({ category }) => category === "security");
  const { error, warning } = countBySeverity(issues);
  if (error + warning === 0) return [];
  const first = issues[0];
  const place = first === undefined ? "" : ` Start at ${at(first)}: ${first.message}.`;
  return [
    `Look at the ${count(error + warning, "security issue")} (${count(error, "error")}, ${count(warning, "warning")}).${place}`,
  ];
}

function adviseOnErrors(findings: readonly Finding[]): string[] {
  const errors = findings.filter(({ severity, category }) => severity === "error" && category !== "security");
  const first = errors[0];
  if (first === undefined) return [];
  return [
    `Mend ${count(errors.length, "error")} that break a build or a start, first ${at(first)}: ${first.message}.`,
  ];
}

function adviseOnHotSpots({ hotSpots }: AnalysisMetrics): string[] {
  const first = hotSpots[0];
  if (first === undefined || first.changes < 6 || first.complexity < 60) return [];
  return [
    `Simplify ${first.file} first: ${first.complexity} branches, changed by ${first.changes} commits in a year, more than any other file weighs.`,
  ];
}

function adviseOnCycles(findings: readonly Finding[]): string[] {
  const cycles = findings.filter(({ ruleId }) => ruleId === "structure/import-cycle");
  const risky = cycles.filter(({ message }) => message.includes("while loading"));
  const first = risky[0] ?? cycles[0];
  if (first === undefined) return [];
  const danger = risky.length > 0 ? `, ${risky.length} of which depend on which file is loaded first` : "";
  return [`Break ${count(cycles.length, "import cycle")}${danger}; start with ${first.evidence}.`];
}

function adviseOnCopies(findings: readonly Finding[], metrics: AnalysisMetrics): string[] {
  const largest = findings.find(
    ({ ruleId, severity }) => ruleId === "duplication/block" && severity === "warning",
  );
  if (largest === undefined) return [];
  const code = metrics.byLanguage.filter(({ language }) => language !== "text" && language !== "manifest");
  const lines = code.reduce((sum, item) => sum + item.lines, 0);
  const share = lines === 0 ? 0 : (metrics.duplicatedLines / lines) * 100;
  return [
    `Join copied code: ${metrics.duplicatedLines} lines (${share.toFixed(1)} %) repeat others; at ${at(largest)} ${largest.message}.`,
  ];
}

function adviseOnComplexity(findings: readonly Finding[]): string[] {
  const complex = findings.filter(
    ({ ruleId, severity }) => ruleId === "complexity/function" && severity === "warning",
  );
  const first = complex[0];
  if (first === undefined) return [];
  return [
    `Split ${count(complex.length, "function")} with 25 paths or more, first at ${at(first)}: ${first.message}.`,
  ];
}

function adviseOnUnreached(findings: readonly Finding[]): string[] {
  const files = findings.filter(
    ({ ruleId, severity }) => ruleId === "structure/unreached-file" && severity === "warning",
  );
  if (files.length === 0) return [];
  return [
    `Delete or wire up ${count(files.length, "file")} that nothing loads: ${files
      .slice(0, 3)
      .map(({ file }) => file)
      .join(", ")}.`,
  ];
}

function at({ file, range }: Finding): string {
  return `${file}:${range.startLine}`;
}

/** A finding may stand for several exports of one file. */
function exportsIn(findings: readonly Finding[]): number {
  return findings.reduce((sum, { related }) => sum + 1 + related.length, 0);
}

function nameList(findings: readonly Finding[]): string {
  return findings
    .slice(0, 3)
    .map((finding) => `${/^export of ([^,]+)/.exec(finding.evidence)?.[1] ?? ""} (${at(finding)})`)
    .join(", ");
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
