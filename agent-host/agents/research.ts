import { HostError } from "../core/host-error.ts";
import type { ResearchResult } from "../protocol/analysis.ts";
import type { Finding } from "../protocol/finding.ts";
import type { Agent, AgentAnswer, AgentContext, AgentEvent } from "./agent.ts";

/** What the researcher works with. */
export interface ResearchTools {
  /** Reads the workspace's own documents. */
  readDocuments(root: string, signal: AbortSignal): Promise<ResearchResult>;
  /** Finds what the documents say that is not so. */
  checkDocuments(root: string, signal: AbortSignal): Promise<Finding[]>;
}

/** The agent that reads documents; without a model it reads the workspace's own, and only what stands there. */
export function research(tools: ResearchTools): Agent {
  return {
    agentType: "research",
    taskTypes: ["research.documents", "research.document-check"],
    run: (context, emit, signal) => {
      const { taskType } = context.taskSpec;
      if (taskType === "research.documents") return readDocuments(tools, context, signal);
      if (taskType === "research.document-check") return checkDocuments(tools, context, emit, signal);
      throw new HostError("agent.capability", `Research does not do ${taskType}`);
    },
  };
}

async function readDocuments(
  tools: ResearchTools,
  context: AgentContext,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const content = await tools.readDocuments(context.root, signal);
  const { documents, facts } = content;
  return {
    content,
    confidence: documents.length === 0 ? 0.5 : 1,
    sources: [
      ...documents.slice(0, 50).map(({ file, title }) => ({ file, title })),
      ...facts.slice(0, 50).map(({ file, line }) => ({ file, line })),
    ],
    metadata: {},
    summary: `${documents.length} documents, ${facts.length} facts`,
  };
}

async function checkDocuments(
  tools: ResearchTools,
  context: AgentContext,
  emit: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const findings = await tools.checkDocuments(context.root, signal);
  if (findings.length > 0) emit({ kind: "findings", findings });
  return {
    content: { findings },
    confidence: 1,
    sources: [...new Set(findings.map((finding) => finding.file))].slice(0, 50).map((file) => ({ file })),
    metadata: {},
    summary: `${findings.length} statements that are not so`,
  };
}
