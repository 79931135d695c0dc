import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type Rules, rulesSchema } from "../../agent-host/protocol/rules.ts";
import type { TaskState } from "../../agent-host/protocol/state/schemas.ts";
import type { AgentType, TaskSpec, TaskType } from "../../agent-host/protocol/task.ts";

/** The `rules.yaml` that ships. */
export const shippedRulesFile = new URL("../../agent-host/rules/rules.yaml", import.meta.url);

/** The shipped rules, a new copy each time. */
export function shippedRules(): Rules {
  return rulesSchema.parse(parse(readFileSync(shippedRulesFile, "utf8")));
}

/** Every agent with what it can do in this program. */
export const allAgents: ReadonlyMap<AgentType, readonly TaskType[]> = new Map<AgentType, TaskType[]>([
  ["team-leader", ["requirements.define", "design.propose", "planning.plan", "delivery.report"]],
  ["research", ["research.documents", "research.document-check", "research.question"]],
  ["codebase-analyzer", ["analysis.history", "analysis.code", "analysis.question"]],
  ["front-end-coder", ["implementation.code"]],
  ["back-end-coder", ["implementation.code"]],
  ["reviewer", ["review.changes"]],
  ["tester", ["implementation.tests", "verification.check"]],
]);

export function taskSpec(change: Partial<TaskSpec> = {}): TaskSpec {
  return {
    taskId: "t-a",
    runId: "r-1",
    phase: "implementation",
    agentType: "back-end-coder",
    taskType: "implementation.code",
    task: "write it",
    complexity: 1,
    priority: 5,
    dependsOn: [],
    scope: { paths: ["**"] },
    contextHash: "0".repeat(64),
    metadata: {},
    ...change,
  };
}

/** The state of a task with this spec. */
export function taskState(change: Partial<TaskSpec> & Partial<TaskState> = {}): TaskState {
  const { taskId, phase, agentType, taskType, complexity, priority, dependsOn } = taskSpec(change);
  const { status = "planned", retries = false } = change;
  return {
    ...{ taskId, phase, agentType, taskType, complexity, priority, dependsOn, status, retries },
    title: taskId,
    attempt: 0,
    startedAt: null,
    finishedAt: null,
    confidence: null,
    summary: "",
    spec: null,
    result: null,
    baseTree: null,
    changeSetId: null,
    turns: 0,
    usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
  };
}
