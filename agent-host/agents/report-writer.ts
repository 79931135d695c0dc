import { join } from "node:path";
import { HostError } from "../core/host-error.ts";
import type { CodeAnalysis, ResearchResult } from "../protocol/analysis.ts";
import { codeAnalysisSchema, researchResultSchema } from "../protocol/analysis.ts";
import { documentCheckContentSchema } from "../protocol/task-content.ts";
import type { Agent, AgentAnswer, AgentContext } from "./agent.ts";

/** The texts of a report by file name (`report.md`, …). `folder` is where they will lie; links start there. */
export type RenderReport = (material: ReportMaterial, folder: string) => Readonly<Record<string, string>>;

export interface ReportMaterial {
  readonly context: AgentContext;
  readonly analysis: CodeAnalysis;
  readonly research: ResearchResult | null;
}

export interface ReportWriterTools {
  readonly render: RenderReport;
  /** Whole or not at all, also when the power goes. */
  writeFile(path: string, text: string): Promise<void>;
}

/** The leader's own work at the end: one report from all results, as Markdown, JSON and SARIF. */
export function reportWriter(tools: ReportWriterTools): Agent {
  return {
    agentType: "team-leader",
    taskTypes: ["delivery.report"],
    run: (context, _emit, signal) => writeReport(tools, context, signal),
  };
}

async function writeReport(
  tools: ReportWriterTools,
  context: AgentContext,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const analysis = codeAnalysisSchema.safeParse(context.inputs.get("analysis.code"));
  if (!analysis.success) throw new HostError("report.noAnalysis", "There is no code analysis to report");
  const research = researchResultSchema.safeParse(context.inputs.get("research.documents"));
  const checked = documentCheckContentSchema.safeParse(context.inputs.get("research.document-check"));
  const documentFindings = checked.success ? checked.data.findings : [];
  const material: ReportMaterial = {
    context,
    analysis: { ...analysis.data, findings: [...analysis.data.findings, ...documentFindings] },
    research: research.success ? research.data : null,
  };
  const texts = tools.render(material, context.runFolder);
  for (const [name, text] of Object.entries(texts)) {
    signal.throwIfAborted();
    await tools.writeFile(join(context.runFolder, name), text);
  }
  return {
    content: { files: Object.keys(texts) },
    confidence: 1,
    sources: [],
    metadata: {},
    summary: `${Object.keys(texts).length} files`,
  };
}
