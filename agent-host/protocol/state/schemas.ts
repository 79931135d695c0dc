import * as z from "zod";
import { approverSchema } from "../approver.ts";
import { approvalKindSchema, extentSchema, riskSchema } from "../decision-terms.ts";
import { severityCountsSchema } from "../finding.ts";
import { approvalIdSchema, effectIdSchema, keyIdSchema, taskIdSchema } from "../ids.ts";
import { modelPlanSchema } from "../model-plan.ts";
import { evidenceSchema, phaseSchema } from "../phase.ts";
import { approveModeSchema, assuranceSchema, runStatusSchema, runSummarySchema } from "../run.ts";
import { amountSchema, budgetSchema } from "../scope.ts";
import { agentTypeSchema, taskTypeSchema, usageSchema } from "../task.ts";

/** A task as its run's entries tell it. */
export const taskStateSchema = z.strictObject({
  taskId: taskIdSchema,
  title: z.string(),
  phase: phaseSchema,
  agentType: agentTypeSchema,
  taskType: taskTypeSchema,
  complexity: z.int(),
  priority: z.int(),
  dependsOn: z.array(z.string()),
  status: z.enum(["planned", "working", "done", "failed", "cancelled", "refused"]),
  attempt: z.int().min(0),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  confidence: z.number().nullable(),
  summary: z.string(),
  spec: z.string().nullable(),
  result: z.string().nullable(),
  baseTree: z.string().nullable(),
  changeSetId: z.string().nullable(),
  /** It failed, and will be tried again. */
  retries: z.boolean(),
  /** Model answers of the present attempt. */
  turns: z.int().min(0),
  /** Of all its attempts. */
  usage: usageSchema,
});
export type TaskState = z.infer<typeof taskStateSchema>;

/** The last evaluation of a phase's gate. */
export const gateStateSchema = z.strictObject({
  gateId: z.string(),
  /** Tree the evidence is about; null where no criterion looks at files. */
  treeHash: z.string().nullable(),
  rulesChecksum: z.string(),
  verdict: z.enum(["passed", "failed", "needsPerson"]),
  digest: z.string().nullable(),
  /** Blob name of the `GateSubject`. */
  subject: z.string().nullable(),
  evaluatedAt: z.string(),
  evaluatedSeq: z.int(),
  /** Key of the person who decided; null for the program's own decision. */
  decidedBy: keyIdSchema.nullable(),
});
export type GateState = z.infer<typeof gateStateSchema>;

export const phaseStateSchema = z.strictObject({
  phase: phaseSchema,
  /** `void`: it passed, and the tree changed afterwards. */
  status: z.enum(["waiting", "working", "needsPerson", "passed", "failed", "rejected", "void"]),
  enteredAt: z.string().nullable(),
  leftAt: z.string().nullable(),
  evidence: z.array(evidenceSchema),
  gate: gateStateSchema.nullable(),
  /** How often its gate was evaluated. */
  evaluations: z.int().min(0),
});
export type PhaseState = z.infer<typeof phaseStateSchema>;

/** An approval that is open, or whose answer still matters. */
export const approvalStateSchema = z.strictObject({
  approvalId: approvalIdSchema,
  taskId: taskIdSchema.nullable(),
  kind: approvalKindSchema,
  tool: z.string(),
  risk: riskSchema,
  /** Blob name of the `ApprovalSubject`; null for one that belongs to no run. */
  subject: z.string().nullable(),
  /** Checksum of the workspace rules it is about. */
  about: z.string().nullable(),
  digest: z.string(),
  requestedAt: z.string(),
  limitMs: z.number(),
  effectId: effectIdSchema.nullable(),
  answer: z.enum(["open", "approve", "reject"]),
  extent: extentSchema,
  by: z.string().nullable(),
  /** Blob name of the pattern that was allowed. */
  grant: z.string().nullable(),
  /** Blob name of the person's words, the answer to a question. */
  comment: z.string().nullable(),
});
export type ApprovalState = z.infer<typeof approvalStateSchema>;

/** A side effect that began and whose result is not journaled. */
export const effectStateSchema = z.strictObject({
  effectId: effectIdSchema,
  taskId: taskIdSchema.nullable(),
  tool: z.string(),
  /** Blob name of what was intended. */
  detail: z.string(),
  check: z.enum(["files", "repeatable", "none"]),
  /** Digests of the files it changes, before and after, in the order of `detail`. */
  files: z.array(z.strictObject({ before: z.string().nullable(), after: z.string().nullable() })),
  inDoubt: z.boolean(),
});
export type EffectState = z.infer<typeof effectStateSchema>;

export const changeSetStateSchema = z.strictObject({
  changeSetId: z.string(),
  /** null where a person left parts of the change out. */
  taskId: taskIdSchema.nullable(),
  base: z.string(),
  result: z.string(),
  files: z.string(),
  fileCount: z.int(),
  added: z.int(),
  removed: z.int(),
  merged: z.boolean(),
});
export type ChangeSetState = z.infer<typeof changeSetStateSchema>;

/** Spent, set aside and limits. Spent + reserved never pass a limit that was in force when the call began. */
export const budgetStateSchema = z.strictObject({
  limits: budgetSchema,
  spent: amountSchema,
  /** What each model call under way may cost at most, by `taskId/attempt/turn`. */
  reserved: z.record(z.string(), amountSchema),
  warned: z.array(z.string()),
  exhausted: z.string().nullable(),
});
export type BudgetState = z.infer<typeof budgetStateSchema>;

/** One run, folded from its entries. `findingBatches` are blob names, in order of report. */
export const runStateSchema = z.strictObject({
  ...runSummarySchema.shape,
  goal: z.string(),
  goalBlob: z.string().nullable(),
  approve: approveModeSchema,
  assurance: assuranceSchema.nullable(),
  script: z.string().nullable(),
  models: modelPlanSchema.nullable(),
  /** Blob name of the JSON array of `Attachment`. */
  attachments: z.string().nullable(),
  pinned: z.string().nullable(),
  rulesChecksum: z.string().nullable(),
  phases: z.array(phaseStateSchema),
  tasksById: z.record(taskIdSchema, taskStateSchema),
  findingBatches: z.array(
    z.strictObject({
      blob: z.string(),
      counts: severityCountsSchema,
      phase: phaseSchema.nullable(),
      seq: z.int(),
    }),
  ),
  report: z.string().nullable(),
  reason: z.string().nullable(),
  status: runStatusSchema,
  baseTree: z.string().nullable(),
  /** Tree with every merged change set: what would be applied. */
  tree: z.string().nullable(),
  changeSets: z.record(z.string(), changeSetStateSchema),
  /** Tree whose files stand in the workspace; null where none was applied, or it was taken back. */
  appliedTree: z.string().nullable(),
  /** What was applied was taken back. */
  undone: z.boolean(),
  /** When the change became what it is: merged, applied or undone. */
  changeSince: z.string().nullable(),
  /** Blob names of the plans that stand applied, oldest first: all that taking them back needs. */
  preimages: z.array(z.string()),
  approvals: z.record(z.string(), approvalStateSchema),
  effects: z.record(z.string(), effectStateSchema),
  budget: budgetStateSchema,
  /** The newest 100 words of people to the agents, and the newest 100 of agents to each other. */
  steering: z.array(
    z.strictObject({
      seq: z.int(),
      taskId: taskIdSchema.nullable(),
      message: z.string(),
      time: z.string(),
      byAgent: z.boolean().optional(),
    }),
  ),
  /** Each time a person sent the work back; `comment` is a blob name. */
  returns: z.array(z.strictObject({ from: phaseSchema, to: phaseSchema, comment: z.string(), seq: z.int() })),
  /** Gates and approvals without whose answer nothing goes on. */
  waitingFor: z.array(z.string()),
});
export type RunState = z.infer<typeof runStateSchema>;

/** What holds for the whole workspace, folded from all entries. */
export const controlStateSchema = z.strictObject({
  approvers: z.record(keyIdSchema, approverSchema),
  trusted: z.boolean(),
  /** False once a command of an agent could have run outside a sandbox: then no key is admitted without a signature. */
  isFirstKeyOpen: z.boolean(),
  /** Open or answered requests that belong to no run. */
  approvals: z.record(approvalIdSchema, approvalStateSchema),
  /** Patterns that were allowed for all runs: the run whose blob holds each. */
  alwaysGrants: z.array(z.strictObject({ runId: z.string(), grant: z.string() })),
  lastSeq: z.int().min(0),
});
export type ControlState = z.infer<typeof controlStateSchema>;

/** All runs of a workspace, newest first. */
export const workspaceStateSchema = z.strictObject({ runs: z.array(runSummarySchema) });
export type WorkspaceState = z.infer<typeof workspaceStateSchema>;
