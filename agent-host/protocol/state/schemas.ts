import * as z from "zod";
import { severityCountsSchema } from "../finding.ts";
import { taskIdSchema } from "../ids.ts";
import { evidenceSchema, phaseSchema } from "../phase.ts";
import { runStatusSchema, runSummarySchema } from "../run.ts";
import { agentTypeSchema, taskTypeSchema } from "../task.ts";

/** A task as its run's entries tell it. */
export const taskStateSchema = z.strictObject({
  taskId: taskIdSchema,
  title: z.string(),
  phase: phaseSchema,
  agentType: agentTypeSchema,
  taskType: taskTypeSchema,
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
});
export type TaskState = z.infer<typeof taskStateSchema>;

export const phaseStateSchema = z.strictObject({
  phase: phaseSchema,
  status: z.enum(["waiting", "working", "passed", "failed"]),
  enteredAt: z.string().nullable(),
  leftAt: z.string().nullable(),
  evidence: z.array(evidenceSchema),
});
export type PhaseState = z.infer<typeof phaseStateSchema>;

/** One run, folded from its entries. `findingBatches` are blob names, in order of report. */
export const runStateSchema = z.strictObject({
  ...runSummarySchema.shape,
  goal: z.string(),
  goalBlob: z.string().nullable(),
  phases: z.array(phaseStateSchema),
  tasksById: z.record(taskIdSchema, taskStateSchema),
  findingBatches: z.array(z.strictObject({ blob: z.string(), counts: severityCountsSchema })),
  report: z.string().nullable(),
  reason: z.string().nullable(),
  status: runStatusSchema,
});
export type RunState = z.infer<typeof runStateSchema>;

/** All runs of a workspace, newest first. */
export const workspaceStateSchema = z.strictObject({ runs: z.array(runSummarySchema) });
export type WorkspaceState = z.infer<typeof workspaceStateSchema>;
