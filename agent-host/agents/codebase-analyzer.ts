import { HostError } from "../core/host-error.ts";
import { allFindings, type CodeAnalysis } from "../protocol/analysis.ts";
import type { Finding } from "../protocol/finding.ts";
import { type HistoryContent, historyContentSchema } from "../protocol/task-content.ts";
import type { Agent, AgentAnswer, AgentContext, AgentEvent } from "./agent.ts";

/** What the analyzer works with. */
export interface CodebaseAnalyzerTools {
  /** Runs the analysis engine apart from this thread. */
  analyze(
    request: { root: string; changes: ReadonlyMap<string, number> },
    onEvent: (event: AgentEvent) => void,
    signal: AbortSignal,
  ): Promise<CodeAnalysis>;
  /** Commits of the last year per file. */
  history(root: string, signal: AbortSignal): Promise<HistoryContent>;
}

/** The agent that reads code: with the deterministic engine, so the same code gives the same answer. */
export function codebaseAnalyzer(tools: CodebaseAnalyzerTools): Agent {
  return {
    agentType: "codebase-analyzer",
    taskTypes: ["analysis.history", "analysis.code"],
    run: (context, emit, signal) => {
      const { taskType } = context.taskSpec;
      if (taskType === "analysis.history") return measureHistory(tools, context, signal);
      if (taskType === "analysis.code") return analyzeCode(tools, context, emit, signal);
      throw new HostError("agent.capability", `The codebase analyzer does not do ${taskType}`);
    },
  };
}

async function measureHistory(
  tools: CodebaseAnalyzerTools,
  context: AgentContext,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const content = await tools.history(context.root, signal);
  const files = Object.keys(content.changes).length;
  return {
    content,
    confidence: 1,
    sources: [],
    metadata: {},
    summary: content.unavailable === null ? `${files} files changed in the last year` : "no history",
  };
}

async function analyzeCode(
  tools: CodebaseAnalyzerTools,
  context: AgentContext,
  emit: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const history = historyContentSchema.safeParse(context.inputs.get("analysis.history"));
  const changes = new Map(history.success ? Object.entries(history.data.changes) : []);
  const told = new Set<string>();
  const tellOnce = (event: AgentEvent): void => {
    if (event.kind !== "findings") {
      emit(event);
      return;
    }
    const findings = event.findings.filter((finding) => !told.has(identityOf(finding)));
    for (const finding of findings) told.add(identityOf(finding));
    if (findings.length > 0) emit({ kind: "findings", findings });
  };
  const content = await tools.analyze({ root: context.root, changes }, tellOnce, signal);
  // The engine tells early what one file shows by itself; what the whole shows is only in the result.
  tellOnce({ kind: "findings", findings: allFindings(content) });
  const { files, lines, skippedCount } = content.metrics;
  const found = content.findings.length + content.securityIssues.length;
  return {
    content,
    // What was skipped was not seen; the rest was read whole.
    confidence: files === 0 ? 0.5 : Math.max(0.1, files / (files + skippedCount)),
    sources: content.metrics.hotSpots.slice(0, 20).map((spot) => ({ file: spot.file })),
    metadata: {},
    summary: `${found} findings in ${files} files, ${lines} lines`,
  };
}

function identityOf(finding: Finding): string {
  return `${finding.fingerprint} ${finding.range.startLine}:${finding.range.startColumn}`;
}
