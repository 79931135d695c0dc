import type { Finding, Severity } from "../../protocol/finding.ts";
import { changeBlocks } from "./change-section.ts";
import { codeSpan, linkTarget, markdownText, pathToUri } from "./escape.ts";
import { folderDiagram } from "./folder-diagram.ts";
import {
  countFindings,
  countsInWords,
  formatDuration,
  formatNumber,
  groupBy,
  isWithoutModel,
  plural,
  type ReportInput,
  severities,
  sortedFindings,
} from "./report-input.ts";
import { titleOf } from "./rule-titles.ts";

export interface MarkdownReportOptions {
  /** URL that opens a workspace file at a line, as seen from where the report lies. `fileLink` if beside the root. */
  readonly linkTo: (file: string, line: number) => string;
  /** Most findings shown in full, worst first; the rest is counted. 300 if not given. */
  readonly maxFindings?: number;
}

/** A link relative to the workspace's root, as code hosts and VS Code's preview understand it. */
export function fileLink(file: string, line: number): string {
  return `${pathToUri(file)}#L${line}`;
}

/** The report for people. Everything that comes from the workspace is escaped. */
export function markdownReport(input: ReportInput, options: MarkdownReportOptions): string {
  const page = new Page(options.linkTo);
  writeHead(page, input);
  page.add(...changeBlocks(input.run?.change));
  writeSummary(page, input);
  writeList(page, "Do first", input.analysis.recommendations, true);
  writeStructure(page, input);
  writeHotSpots(page, input);
  writeFindings(page, input, options.maxFindings ?? defaultMaxFindings);
  writeList(page, "Small improvements", input.analysis.suggestions, false);
  writeDocuments(page, input);
  writeRun(page, input);
  writeSkipped(page, input);
  return page.text();
}

const defaultMaxFindings = 300;
const maxRelated = 5;

class Page {
  private readonly blocks: string[] = [];
  private readonly linkTo: MarkdownReportOptions["linkTo"];

  constructor(linkTo: MarkdownReportOptions["linkTo"]) {
    this.linkTo = linkTo;
  }

  add(...blocks: readonly string[]): void {
    this.blocks.push(...blocks);
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    this.add([line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n"));
  }

  link(file: string, line: number): string {
    // Some renderers take even an escaped bracket for the end of the link's text.
    const label = markdownText(file).replaceAll("\\[", "&#91;").replaceAll("\\]", "&#93;");
    return `[${label}:${line}](${linkTarget(this.linkTo(file, line))})`;
  }

  text(): string {
    return `${this.blocks.join("\n\n")}\n`;
  }
}

function writeHead(page: Page, input: ReportInput): void {
  page.add(`# ${input.goal === undefined ? "Code analysis" : markdownText(firstLine(input.goal))}`);
  const { name, version } = input.tool;
  page.add(
    isWithoutModel(input)
      ? `> **Made without a model:** by the deterministic engine of ${markdownText(name)} ${markdownText(version)}. It measures and compares; it does not understand what the code is meant to do.`
      : `> Made by ${markdownText(name)} ${markdownText(version)} with the provider ${codeSpan(input.run?.provider ?? "")}.`,
  );
}

function firstLine(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function writeSummary(page: Page, input: ReportInput): void {
  const { metrics } = input.analysis;
  const languages = metrics.byLanguage.map(
    ({ language, files }) => `${markdownText(language)} ${formatNumber(files)}`,
  );
  page.add("## Summary");
  page.table(
    ["", ""],
    [
      ["Findings", countsInWords(countFindings(input))],
      ["Size", `${plural(metrics.files, "file")}, ${plural(metrics.lines, "line")}`],
      ["Files by language", languages.join(", ") || "none"],
      [
        "Functions",
        `${formatNumber(metrics.functions)}; complexity at most ${metrics.maxComplexity}, median ${metrics.medianComplexity}`,
      ],
      ["Imports", `${formatNumber(metrics.imports)}, ${plural(metrics.cycles, "cycle")}`],
      ["Duplicated lines", formatNumber(metrics.duplicatedLines)],
      ["Analysis took", formatDuration(metrics.durationMs)],
    ],
  );
}

function writeList(page: Page, title: string, texts: readonly string[], numbered: boolean): void {
  if (texts.length === 0) return;
  page.add(
    `## ${title}`,
    texts.map((text, index) => `${numbered ? `${index + 1}.` : "-"} ${markdownText(text)}`).join("\n"),
  );
}

function writeStructure(page: Page, input: ReportInput): void {
  const diagram = folderDiagram(input.analysis.metrics.folderGraph);
  if (diagram === undefined) return;
  page.add(
    "## Structure",
    "Imports between folders; the number says how many. Thick red arrows lead around in a circle.",
    diagram,
  );
}

function writeHotSpots(page: Page, input: ReportInput): void {
  const spots = input.analysis.metrics.hotSpots.slice(0, 15);
  if (spots.length === 0) return;
  page.add(
    "## Hot spots",
    "Files that are complex and change often: where time spent on tidying pays back first.",
  );
  page.table(
    ["File", "Complexity", "Changes", "Score"],
    spots.map((spot) => [
      page.link(spot.file, 1),
      formatNumber(spot.complexity),
      formatNumber(spot.changes),
      formatNumber(spot.score),
    ]),
  );
}

const severityTitles: Record<Severity, string> = { error: "Errors", warning: "Warnings", info: "Notes" };

function writeFindings(page: Page, input: ReportInput, limit: number): void {
  const findings = sortedFindings(input);
  page.add("## Findings");
  if (findings.length === 0) page.add("None.");
  const shown = findings.slice(0, limit);
  for (const severity of severities) {
    const group = shown.filter((found) => found.severity === severity);
    if (group.length === 0) continue;
    const total = findings.filter((found) => found.severity === severity).length;
    page.add(`### ${severityTitles[severity]} (${formatNumber(total)})`);
    for (const [, sameRule] of groupBy(group, (found) => `${found.category} ${found.ruleId}`))
      writeRule(page, sameRule);
  }
  if (findings.length > shown.length) page.add(`… and ${formatNumber(findings.length - shown.length)} more.`);
}

/** Why and remedy once for all findings of a rule, then the places. */
function writeRule(page: Page, findings: readonly Finding[]): void {
  const [first] = findings;
  if (first === undefined) return;
  page.add(
    `#### ${markdownText(titleOf(first.ruleId))} (${codeSpan(first.ruleId)}, ${formatNumber(findings.length)})`,
    `${markdownText(first.why)}\n**Remedy:** ${markdownText(first.remedy)}`,
    findings.map((found) => findingItem(page, found, first.remedy)).join("\n"),
  );
}

function findingItem(page: Page, found: Finding, commonRemedy: string): string {
  const lines = [`- ${page.link(found.file, found.range.startLine)} ${markdownText(found.message)}`];
  const evidence = codeSpan(found.evidence);
  if (evidence !== "") lines.push(`  ${evidence}`);
  if (found.remedy !== commonRemedy) lines.push(`  **Remedy:** ${markdownText(found.remedy)}`);
  const related = found.related
    .slice(0, maxRelated)
    .map((place) => page.link(place.file, place.range.startLine));
  if (found.related.length > maxRelated) related.push(`${found.related.length - maxRelated} more`);
  if (related.length > 0) lines.push(`  Also: ${related.join(", ")}`);
  return lines.join("  \n");
}

function writeDocuments(page: Page, input: ReportInput): void {
  const { research } = input;
  if (research === undefined || research === null || research.documents.length === 0) return;
  page.add("## Documents", markdownText(research.summary));
  if (research.facts.length > 0) {
    page.add(
      research.facts
        .map((fact) => `- ${markdownText(fact.statement)} (${page.link(fact.file, fact.line)})`)
        .join("\n"),
    );
  }
  page.table(
    ["Document", "Kind", "Title", "Lines"],
    research.documents
      .slice(0, 100)
      .map((document) => [
        page.link(document.file, 1),
        markdownText(document.kind),
        markdownText(document.title),
        formatNumber(document.lines),
      ]),
  );
  if (research.documents.length > 100)
    page.add(`… and ${formatNumber(research.documents.length - 100)} more.`);
}

function writeRun(page: Page, input: ReportInput): void {
  const { run } = input;
  if (run === undefined) return;
  page.add(
    "## Run",
    `${codeSpan(run.runId)}, profile ${codeSpan(run.profile)}, provider ${codeSpan(run.provider)}, started ${markdownText(run.startedAt)}, took ${formatDuration(run.durationMs)}.`,
  );
  page.table(
    ["Phase", "Gate", "Time"],
    run.phases.map(({ phase, decision, ms }) => [
      markdownText(phase),
      markdownText(decision),
      ms === undefined ? "" : formatDuration(ms),
    ]),
  );
  page.table(
    ["Task", "Agent", "Status", "Time"],
    run.tasks.map((task) => [
      markdownText(task.title),
      markdownText(task.agentType),
      markdownText(task.status),
      formatDuration(task.ms),
    ]),
  );
}

function writeSkipped(page: Page, input: ReportInput): void {
  const { skipped, skippedCount } = input.analysis.metrics;
  if (skippedCount === 0) return;
  page.add("## Not read", `${plural(skippedCount, "file")} not read:`);
  const shown = skipped.slice(0, 50);
  page.add(shown.map(({ file, reason }) => `- ${codeSpan(file)}: ${markdownText(reason)}`).join("\n"));
  if (skippedCount > shown.length) page.add(`… and ${formatNumber(skippedCount - shown.length)} more.`);
}
