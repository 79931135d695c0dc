import * as z from "zod";
import { criterionSchema, humanRoleSchema, phaseSchema } from "./phase.ts";
import { budgetSchema, scopeSchema } from "./scope.ts";
import { agentTypeSchema, taskTypeSchema } from "./task.ts";

const globSchema = z.string().min(1).max(500);
const argvSchema = z.array(z.string().min(1).max(1_000)).min(1).max(50);

/** A task the program plans by itself when a run begins. */
export const seedTaskSchema = z.strictObject({
  taskId: z.string().regex(/^t-[0-9a-z-]{1,60}$/),
  title: z.string().min(1).max(120),
  agentType: agentTypeSchema,
  taskType: taskTypeSchema,
  task: z.string().min(1).max(4_000),
  complexity: z.int().min(1).max(10),
  priority: z.int().min(1).max(10),
  dependsOn: z.array(z.string()).max(50).default([]),
  /** Left out, with a note in the journal, where no agent can do it. */
  optional: z.boolean().default(false),
});
export type SeedTask = z.infer<typeof seedTaskSchema>;

/** What one phase allows, what its gate checks, and who may decide where a person is needed. */
export const phaseRuleSchema = z.strictObject({
  taskTypes: z.array(taskTypeSchema).max(50),
  agents: z.array(agentTypeSchema).max(20),
  criteria: z.array(criterionSchema).min(1).max(20),
  approvers: z.array(humanRoleSchema).max(5),
  tasks: z.array(seedTaskSchema).max(20),
});
export type PhaseRule = z.infer<typeof phaseRuleSchema>;

/** `rules.yaml`: the whole process as data. A run is pinned to the checksum of the rules it began with. */
export const rulesSchema = z.strictObject({
  format: z.literal(1),
  profiles: z.strictObject({
    full: z.array(phaseSchema).min(1).max(10),
    change: z.array(phaseSchema).min(1).max(10),
    analysis: z.array(phaseSchema).min(1).max(10),
  }),
  phases: z.record(phaseSchema, phaseRuleSchema),
  limits: z.strictObject({
    /** Most tasks of one run. */
    tasks: z.int().min(1).max(1_000),
    /** Tasks that work at the same time. */
    parallel: z.int().min(1).max(256),
    /** Least confidence, 0 to 1, with which a result counts as done. */
    confidence: z.number().min(0).max(1),
    /** How often a task is tried. */
    attempts: z.int().min(1).max(10),
    /** How often a refused plan may be made anew. */
    replans: z.int().min(0).max(10),
    /** Model calls of one task. */
    turns: z.int().min(1).max(1_000),
    /** How often a person may send work back. */
    returns: z.int().min(0).max(20),
    /** Minutes after which an unanswered approval pauses its run. */
    approvalMinutes: z.number().min(0.001).max(10_080),
  }),
  scope: scopeSchema,
  budget: budgetSchema,
  /** Commands that criteria name. What is not here is found in the workspace's own manifests. */
  commands: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/), argvSchema),
  /** Files whose change only a person clears: tests' configuration, manifest scripts, CI. */
  protected: z.array(globSchema).max(500),
  /** Tests: changing or deleting one that the run found needs a person, a new one does not. */
  protectedTests: z.array(globSchema).max(500),
  /** Files that never change without a person, for any verb, also where they do not exist yet. */
  controlPlane: z.array(globSchema).max(500),
});
export type Rules = z.infer<typeof rulesSchema>;
