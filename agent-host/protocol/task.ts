import * as z from "zod";
import { runIdSchema, sha256Schema, taskIdSchema } from "./ids.ts";
import { phaseSchema } from "./phase.ts";

export const agentTypeSchema = z.enum([
  "team-leader",
  "research",
  "codebase-analyzer",
  "front-end-coder",
  "back-end-coder",
  "reviewer",
  "tester",
]);
export type AgentType = z.infer<typeof agentTypeSchema>;

/** What a task asks for; each agent lists the types it can do. Those without a model: documents to report. */
export const taskTypeSchema = z.enum([
  "research.documents",
  "research.document-check",
  "analysis.history",
  "analysis.code",
  "delivery.report",
  "requirements.define",
  "research.question",
  "analysis.question",
  "design.propose",
  "planning.plan",
  "implementation.code",
  "implementation.tests",
  "review.changes",
  "verification.check",
]);
export type TaskType = z.infer<typeof taskTypeSchema>;

/** One node of a run's task graph. `task` is the instruction in words. Paths in `scope` are workspace-relative. */
export const taskSpecSchema = z.strictObject({
  taskId: taskIdSchema,
  runId: runIdSchema,
  phase: phaseSchema,
  agentType: agentTypeSchema,
  taskType: taskTypeSchema,
  task: z.string().min(1).max(20_000),
  complexity: z.int().min(1).max(10),
  /** 10 is the most urgent. */
  priority: z.int().min(1).max(10),
  dependsOn: z.array(taskIdSchema).max(1_000),
  scope: z.strictObject({ paths: z.array(z.string().max(4_096)).max(1_000) }),
  contextHash: sha256Schema,
  metadata: z.record(z.string(), z.string()),
});
export type TaskSpec = z.infer<typeof taskSpecSchema>;

/**
 * Tokens and money used. `inputTokens` are all that were read, from a cache or not; the two cache counts are parts of
 * it, absent where the endpoint does not tell. `costUsd` is null where no price is known.
 */
export const usageSchema = z.strictObject({
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  cacheReadTokens: z.int().min(0).optional(),
  cacheWriteTokens: z.int().min(0).optional(),
  costUsd: z.number().min(0).nullable(),
});
export type Usage = z.infer<typeof usageSchema>;

/** Usage of work done without a model. */
export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };

/** Where a statement in a result comes from. `file` is workspace-relative, `line` 1-based. */
export const sourceSchema = z.strictObject({
  file: z.string(),
  line: z.int().min(1).optional(),
  title: z.string().optional(),
});
export type Source = z.infer<typeof sourceSchema>;

/** What an agent hands back. Checked by the leader before the task counts as done. */
export const taskResultSchema = z.strictObject({
  taskId: taskIdSchema,
  agentId: z.string().min(1).max(100),
  status: z.enum(["done", "failed", "cancelled"]),
  /** Agent-specific; its schema belongs to the task type (`ResearchResult`, `CodeAnalysis`, …). */
  content: z.unknown(),
  executionTimeMs: z.number().min(0),
  /** 0 to 1: how much of what was asked could be established. */
  confidence: z.number().min(0).max(1),
  sources: z.array(sourceSchema),
  changeSetId: z.string().optional(),
  usage: usageSchema,
  metadata: z.record(z.string(), z.string()),
});
export type TaskResult = z.infer<typeof taskResultSchema>;
