import { resolve } from "node:path";
import { runAnalysis } from "../analysis/analyzer.ts";
import { jsonReport } from "../analysis/report/json-report.ts";
import { fileLink, markdownReport } from "../analysis/report/markdown-report.ts";
import type { ReportInput } from "../analysis/report/report-input.ts";
import { sarifReport } from "../analysis/report/sarif-report.ts";
import { textReport } from "../analysis/report/text-report.ts";
import { locateWorkspace } from "../client/workspace-location.ts";
import { version } from "../core/version.ts";
import { allFindings } from "../protocol/analysis.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { Severity } from "../protocol/finding.ts";
import { readGitHistory } from "../workspace/git-history.ts";
import type { CliContext } from "./cli-context.ts";

export interface AnalyzeOptions {
  readonly directory: string;
  readonly format: string;
  readonly quiet: boolean;
  readonly failOn?: "error" | "warning";
}

/** `agent-team analyze`: the engine alone. Starts no run and writes nothing. */
export async function analyzeCommand(options: AnalyzeOptions, context: CliContext): Promise<number> {
  const { output, signal, workerUrl } = context;
  const { realPath: root } = await locateWorkspace(resolve(context.cwd, options.directory), context.env);
  const analysis = await runAnalysis(
    { root, changes: readGitHistory(root, {}, signal).then((history) => history.changes) },
    {
      workerUrl,
      onEvent: (event) => {
        if (event.kind !== "progress" || options.quiet) return;
        output.progress(`  ${event.stage}${event.total > 0 ? ` ${event.done}/${event.total}` : ""}`);
      },
    },
    signal,
  );
  output.progress("");
  const input: ReportInput = { analysis, tool: { name: "agent-team", version }, root };
  output.out(rendered(input, options.format, output.isColourful));
  const worst = failing(options.failOn);
  return allFindings(analysis).some((finding) => worst.has(finding.severity))
    ? exitCodes.gateFailed
    : exitCodes.done;
}

function rendered(input: ReportInput, format: string, color: boolean): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(jsonReport(input))}\n`;
    case "sarif":
      return `${JSON.stringify(sarifReport(input))}\n`;
    case "markdown":
      return markdownReport(input, { linkTo: fileLink });
    default:
      return textReport(input, { color });
  }
}

function failing(failOn: AnalyzeOptions["failOn"]): ReadonlySet<Severity> {
  if (failOn === undefined) return new Set();
  return new Set(failOn === "error" ? ["error"] : ["error", "warning"]);
}
