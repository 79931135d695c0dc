import type { Agent } from "./agents/agent.ts";
import { codebaseAnalyzer } from "./agents/codebase-analyzer.ts";
import { reportWriter } from "./agents/report-writer.ts";
import { research } from "./agents/research.ts";
import { runAnalysis } from "./analysis/analyzer.ts";
import { writeFileDurably } from "./core/durable-file.ts";

/** The team of the offline engine, joined with what it works with. */
export function composeAgents(given: { workerUrl: URL }): Agent[] {
  return [
    codebaseAnalyzer({
      analyze: (request, onEvent, signal) =>
        runAnalysis(request, { workerUrl: given.workerUrl, onEvent }, signal),
      history: async () => ({ changes: {}, unavailable: "TEMP" }),
    }),
    research({
      readDocuments: async () => ({ summary: "TEMP", documents: [], facts: [], findings: [] }),
      checkDocuments: async () => [],
    }),
    reportWriter({
      render: () => ({ "report.md": "TEMP", "report.json": "{}" }),
      writeFile: writeFileDurably,
    }),
  ];
}
