import type { Agent } from "./agents/agent.ts";
import { codebaseAnalyzer } from "./agents/codebase-analyzer.ts";
import { checkDocuments } from "./agents/documents/check-documents.ts";
import { readDocuments } from "./agents/documents/read-documents.ts";
import { modelAgent } from "./agents/model-agent.ts";
import { type ReportMaterial, reportWriter } from "./agents/report-writer.ts";
import { research } from "./agents/research.ts";
import { walkInSlices } from "./analysis/files/walk.ts";
import { pathToUri } from "./analysis/report/escape.ts";
import { jsonReport } from "./analysis/report/json-report.ts";
import { markdownReport } from "./analysis/report/markdown-report.ts";
import type { ReportInput } from "./analysis/report/report-input.ts";
import { linkPrefix } from "./analysis/report/report-links.ts";
import { sarifReport } from "./analysis/report/sarif-report.ts";
import { runAnalysisProcess } from "./analysis/run-process.ts";
import { analysisEnvironment } from "./client/analysis-environment.ts";
import type { ServicesOptions } from "./compose-services.ts";
import type { Clock } from "./core/clock.ts";
import { writeFileDurably } from "./core/durable-file.ts";
import { version } from "./core/version.ts";
import { readGitHistory } from "./workspace/git-history.ts";

export type AgentsOptions = Pick<ServicesOptions, "files" | "env" | "location" | "clock">;

/** The whole team, joined with what it works with: those of the offline engine, and those with a model. */
export function composeAgents(given: AgentsOptions): Agent[] {
  const analysisEnv = analysisEnvironment(given);
  return [
    codebaseAnalyzer({
      analyze: (request, onEvent, signal) =>
        runAnalysisProcess(
          request,
          { processUrl: given.files.analysisUrl, env: analysisEnv, onEvent },
          signal,
        ),
      history: async (root, signal) => {
        const { changes, unavailable = null } = await readGitHistory(root, {}, signal);
        return { changes: Object.fromEntries(changes), unavailable };
      },
    }),
    research({
      readDocuments: async (root, signal) => await readDocuments(await listing(root, signal), signal),
      checkDocuments: async (root, signal) => await checkDocuments(await listing(root, signal), signal),
    }),
    reportWriter({
      render: (material, folder) => renderReport(material, folder, given.clock),
      writeFile: writeFileDurably,
    }),
    modelAgent("team-leader", ["requirements.define", "design.propose", "planning.plan"]),
    modelAgent("research", ["research.question"]),
    modelAgent("codebase-analyzer", ["analysis.question"]),
    modelAgent("front-end-coder", ["implementation.code", "implementation.tests"]),
    modelAgent("back-end-coder", ["implementation.code", "implementation.tests"]),
    modelAgent("reviewer", ["review.changes"]),
    modelAgent("tester", ["implementation.tests", "verification.check"]),
  ];
}

const maxListedFiles = 200_000;

async function listing(
  root: string,
  signal: AbortSignal,
): Promise<{ root: string; paths: readonly string[] }> {
  const { files } = await walkInSlices(root, maxListedFiles, signal);
  return { root, paths: files };
}

function renderReport(material: ReportMaterial, folder: string, clock: Clock): Record<string, string> {
  const { root } = material.context;
  const input = reportInput(material, clock);
  const prefix = linkPrefix(root, folder);
  return {
    "report.md": markdownReport(input, { linkTo: (file, line) => `${prefix}${pathToUri(file)}#L${line}` }),
    "report.json": `${JSON.stringify(jsonReport(input))}\n`,
    "report.sarif": `${JSON.stringify(sarifReport(input))}\n`,
  };
}

function reportInput({ context, analysis, research: documents }: ReportMaterial, clock: Clock): ReportInput {
  const { runId, profile, provider, createdAt, phases, tasks, change } = context.overview;
  return {
    goal: context.goal,
    analysis,
    research: documents,
    run: {
      runId,
      profile,
      provider,
      startedAt: createdAt,
      durationMs: clock.now().getTime() - Date.parse(createdAt),
      phases,
      change,
      tasks: tasks.map((task) => ({ ...task, ms: task.ms ?? 0 })),
    },
    tool: { name: "agent-team", version },
    root: context.root,
  };
}
