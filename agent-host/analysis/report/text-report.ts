import type { Finding, Severity } from "../../protocol/finding.ts";
import { visible } from "./escape.ts";
import {
  countFindings,
  countsInWords,
  formatDuration,
  plural,
  type ReportInput,
  severities,
  sortedFindings,
} from "./report-input.ts";

export interface TextReportOptions {
  /** Whether the terminal shows colours. */
  readonly color: boolean;
  /** Most findings shown, worst first; the rest is counted. 100 if not given. */
  readonly maxFindings?: number;
}

/** For a terminal: `file:line:column` first, so that it can be clicked; the summary last, where the eye is. */
export function textReport(input: ReportInput, options: TextReportOptions): string {
  const paint = painter(options.color);
  const findings = sortedFindings(input);
  const shown = findings.slice(0, options.maxFindings ?? defaultMaxFindings);
  const lines: string[] = [];
  for (const severity of severities) {
    const group = shown.filter((found) => found.severity === severity);
    if (group.length === 0) continue;
    const total = findings.filter((found) => found.severity === severity).length;
    lines.push(paint(severity, `${titles[severity]} (${total})`), ...groupLines(group, paint), "");
  }
  if (findings.length > shown.length) lines.push(`… and ${findings.length - shown.length} more`, "");
  const first = input.analysis.recommendations.slice(0, 3);
  if (first.length > 0)
    lines.push(
      paint("strong", "Do first"),
      ...first.map((text, index) => `  ${index + 1}. ${visible(text)}`),
      "",
    );
  lines.push(...summaryLines(input, paint));
  return `${lines.join("\n")}\n`;
}

const defaultMaxFindings = 100;
const titles: Record<Severity, string> = { error: "Errors", warning: "Warnings", info: "Notes" };
const maxPlaceWidth = 60;

type Style = Severity | "strong" | "dim";
type Paint = (style: Style, text: string) => string;

const codes: Record<Style, string> = { error: "31;1", warning: "33;1", info: "36", strong: "1", dim: "2" };

function painter(color: boolean): Paint {
  return (style, text) => (color ? `\u001B[${codes[style]}m${text}\u001B[0m` : text);
}

function groupLines(group: readonly Finding[], paint: Paint): string[] {
  const places = group.map(
    (found) => `${visible(found.file)}:${found.range.startLine}:${found.range.startColumn}`,
  );
  const width = Math.min(maxPlaceWidth, Math.max(...places.map((place) => place.length)));
  return group.map((found, index) => {
    const place = (places[index] ?? "").padEnd(width);
    return `  ${place}  ${visible(found.message)}  ${paint("dim", found.ruleId)}`;
  });
}

function summaryLines(input: ReportInput, paint: Paint): string[] {
  const counts = countFindings(input);
  const { metrics } = input.analysis;
  const worst = severities.find((severity) => counts[severity] > 0);
  const words = countsInWords(counts);
  const size = `${plural(metrics.files, "file")}, ${plural(metrics.lines, "line")}, ${plural(metrics.functions, "function")}`;
  const lines = [
    `${paint(worst ?? "strong", words.charAt(0).toUpperCase() + words.slice(1))} in ${size}`,
    `Most complex function ${metrics.maxComplexity}, ${plural(metrics.cycles, "import cycle")}, ${plural(metrics.duplicatedLines, "duplicated line")} · ${formatDuration(metrics.durationMs)}`,
  ];
  if (metrics.skippedCount > 0) lines.push(paint("dim", `${plural(metrics.skippedCount, "file")} not read`));
  return lines;
}
