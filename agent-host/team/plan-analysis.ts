import { createHash } from "node:crypto";
import type { RunId } from "../protocol/ids.ts";
import type { TaskSpec } from "../protocol/task.ts";

type Template = Pick<
  TaskSpec,
  "taskId" | "phase" | "agentType" | "taskType" | "task" | "complexity" | "priority" | "dependsOn"
> & {
  readonly title: string;
};

/** A task and the short name it is shown under. */
export interface PlannedTask {
  readonly spec: TaskSpec;
  readonly title: string;
}

const templates: readonly Template[] = [
  {
    taskId: "t-documents",
    title: "Read the documents",
    phase: "research",
    agentType: "research",
    taskType: "research.documents",
    task: "Read the workspace's own documents: what it is, how it is built and tested, what it promises.",
    complexity: 2,
    priority: 6,
    dependsOn: [],
  },
  {
    taskId: "t-history",
    title: "Measure the history",
    phase: "research",
    agentType: "codebase-analyzer",
    taskType: "analysis.history",
    task: "Count the commits of the last year that touched each file.",
    complexity: 2,
    priority: 7,
    dependsOn: [],
  },
  {
    taskId: "t-code",
    title: "Analyze the code",
    phase: "analysis",
    agentType: "codebase-analyzer",
    taskType: "analysis.code",
    task: "Find what makes this code wrong, unsafe or hard to change: structure, complexity, duplicates, security, dependencies.",
    complexity: 6,
    priority: 8,
    dependsOn: ["t-history"],
  },
  {
    taskId: "t-document-check",
    title: "Check the documents against the code",
    phase: "analysis",
    agentType: "research",
    taskType: "research.document-check",
    task: "Find what the documents say that is no longer so.",
    complexity: 3,
    priority: 5,
    dependsOn: ["t-documents"],
  },
  {
    taskId: "t-report",
    title: "Write the report",
    phase: "delivery",
    agentType: "team-leader",
    taskType: "delivery.report",
    task: "Put everything that was found into one report, most useful first.",
    complexity: 2,
    priority: 5,
    dependsOn: ["t-documents", "t-code", "t-document-check"],
  },
];

/** The plan of the `analysis` profile without a model: the same graph for every goal, which the report names. */
export function planAnalysis(given: { runId: RunId; goal: string; rulesChecksum: string }): PlannedTask[] {
  return templates.map(({ title, ...template }) => ({
    title,
    spec: {
      ...template,
      runId: given.runId,
      scope: { paths: ["."] },
      contextHash: createHash("sha256")
        .update(JSON.stringify([given.rulesChecksum, given.goal, template]))
        .digest("hex"),
      metadata: {},
    },
  }));
}
