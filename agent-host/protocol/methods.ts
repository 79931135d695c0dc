import * as z from "zod";
import { approvalItemSchema } from "./approval.ts";
import { approverSchema } from "./approver.ts";
import { changedFileSchema } from "./change-set.ts";
import { signedDecisionSchema } from "./decision.ts";
import { findingSchema } from "./finding.ts";
import { protocolRangeSchema } from "./host-info.ts";
import { runIdSchema, sha256Schema, taskIdSchema, workspaceIdSchema } from "./ids.ts";
import { entrySchema, headSchema, verifyReportSchema } from "./journal.ts";
import { gateSubjectSchema } from "./phase.ts";
import { runRequestSchema, runSummarySchema } from "./run.ts";
import { budgetExtensionSchema } from "./scope.ts";
import { runStateSchema, workspaceStateSchema } from "./state/schemas.ts";

/** An entry and the small texts it points to (see `BlobTexts`). */
export const deliveredEntrySchema = z.strictObject({
  entry: entrySchema,
  texts: z.record(z.string(), z.string()),
});
export type DeliveredEntry = z.infer<typeof deliveredEntrySchema>;

/** At most this many entries come as a replay; a client further behind gets a snapshot. */
export const maxReplayEntries = 5_000;

/** A gate that waits for a person. */
export const gateItemSchema = z.strictObject({
  subject: gateSubjectSchema,
  digest: sha256Schema,
  evaluatedAt: z.string(),
});
export type GateItem = z.infer<typeof gateItemSchema>;

const workspace = { workspaceId: workspaceIdSchema };
const ofRun = { ...workspace, runId: runIdSchema };

/** The JSON-RPC requests a client may send: what goes in and what comes out. `PROTOCOL.md` is made from this. */
export const methods = {
  /** First request on a connection. Refused with `protocol.unsupported` if the ranges do not meet. */
  initialize: {
    params: z.strictObject({
      protocol: protocolRangeSchema,
      client: z.strictObject({ name: z.string().max(100), version: z.string().max(50) }),
    }),
    result: z.strictObject({
      protocol: z.int(),
      ...workspace,
      host: z.strictObject({ version: z.string(), pid: z.int(), startedAt: z.string() }),
      seq: z.int(),
    }),
  },
  /** Everything after `sinceSeq`, then `state/event` for each later entry. With `runId` only that run's entries. */
  "state/subscribe": {
    params: z.strictObject({ ...workspace, sinceSeq: z.int().min(0), runId: runIdSchema.optional() }),
    result: z.union([
      z.strictObject({ replay: z.array(deliveredEntrySchema), seq: z.int() }),
      z.strictObject({ snapshot: z.union([workspaceStateSchema, runStateSchema]), seq: z.int() }),
    ]),
  },
  "run/start": {
    params: z.strictObject({ ...workspace, request: runRequestSchema }),
    result: z.strictObject({
      runId: runIdSchema,
      seq: z.int(),
      /** What the person should know now: rules of the workspace that do not count, and why. */
      warnings: z.array(z.string()),
    }),
  },
  "run/cancel": {
    params: z.strictObject({ ...ofRun, reason: z.string().max(500).optional() }),
    result: z.strictObject({ seq: z.int() }),
  },
  /** With `budget` the limits it names are replaced first; that is how an exhausted run goes on. */
  "run/resume": {
    params: z.strictObject({ ...ofRun, budget: budgetExtensionSchema.optional() }),
    result: z.strictObject({ seq: z.int() }),
  },
  "run/pause": {
    params: z.strictObject({ ...ofRun, reason: z.string().max(500).optional() }),
    result: z.strictObject({ seq: z.int() }),
  },
  /** Words to the agents at work and to those that start later; with `taskId` to that task alone. */
  "run/steer": {
    params: z.strictObject({
      ...ofRun,
      message: z.string().trim().min(1).max(20_000),
      taskId: taskIdSchema.optional(),
    }),
    result: z.strictObject({ seq: z.int() }),
  },
  /** Gates that wait for a person, oldest first. */
  "gate/list": {
    params: z.strictObject({ ...workspace, runId: runIdSchema.optional() }),
    result: z.strictObject({ gates: z.array(gateItemSchema) }),
  },
  /** The first valid decision counts; a later one is refused with `decision.tooLate` and who was first. */
  "gate/decide": {
    params: z.strictObject({ ...workspace, signed: signedDecisionSchema }),
    result: z.strictObject({ seq: z.int() }),
  },
  /** What a run would change or has changed. With `paths` the diff of those alone; it ends where it is cut. */
  "change/diff": {
    params: z.strictObject({
      ...ofRun,
      paths: z.array(z.string().min(1).max(4_096)).min(1).max(1_000).optional(),
      maxBytes: z.int().min(1).max(4_000_000).default(1_000_000),
    }),
    result: z.strictObject({ files: z.array(changedFileSchema), diff: z.string() }),
  },
  /** A text that an entry of this run points to: output of a command, words, a file list. Its first 2,000,000 bytes. */
  "text/read": {
    params: z.strictObject({ ...ofRun, blob: sha256Schema }),
    result: z.strictObject({ text: z.string(), isCut: z.boolean() }),
  },
  /** The inbox: open approvals of all runs and of the workspace itself, oldest first. */
  "approval/list": {
    params: z.strictObject({ ...workspace, runId: runIdSchema.optional() }),
    result: z.strictObject({ approvals: z.array(approvalItemSchema) }),
  },
  /** Each decision stands by itself: one that is refused does not keep the others from counting. */
  "approval/decide": {
    params: z.strictObject({ ...workspace, signed: z.array(signedDecisionSchema).min(1).max(100) }),
    result: z.strictObject({
      decided: z.array(
        z.union([
          z.strictObject({ id: z.string(), seq: z.int() }),
          z.strictObject({ id: z.string(), code: z.string(), message: z.string() }),
        ]),
      ),
    }),
  },
  "approver/list": {
    params: z.strictObject(workspace),
    result: z.strictObject({
      approvers: z.array(approverSchema),
      /** Whether the first key may still be admitted without a signature. */
      isFirstKeyOpen: z.boolean(),
    }),
  },
  /** The first key of a workspace needs no signature; each later one an enrolled lead's or admin's. */
  "approver/enroll": {
    params: z.strictObject({
      ...workspace,
      approver: approverSchema,
      signed: signedDecisionSchema.optional(),
    }),
    result: z.strictObject({ seq: z.int() }),
  },
  "run/list": {
    params: z.strictObject({ ...workspace, limit: z.int().min(1).max(1_000).default(100) }),
    result: z.strictObject({ runs: z.array(runSummarySchema), total: z.int() }),
  },
  "run/show": { params: z.strictObject(ofRun), result: z.strictObject({ run: runStateSchema }) },
  "run/delete": { params: z.strictObject(ofRun), result: z.strictObject({ seq: z.int() }) },
  /** The finished report. `report.missing` while the run has none. */
  "report/read": {
    params: z.strictObject({ ...ofRun, format: z.enum(["markdown", "json", "sarif"]) }),
    result: z.strictObject({ text: z.string(), path: z.string() }),
  },
  "finding/list": {
    params: z.strictObject({
      ...ofRun,
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(2_000).default(500),
    }),
    result: z.strictObject({ findings: z.array(findingSchema), total: z.int() }),
  },
  "audit/query": {
    params: z.strictObject({
      ...workspace,
      /** Newest first: entries with `seq` below this. */
      beforeSeq: z.int().min(1).optional(),
      limit: z.int().min(1).max(1_000).default(200),
      runId: runIdSchema.optional(),
      type: z.string().max(100).optional(),
    }),
    result: z.strictObject({ entries: z.array(deliveredEntrySchema), head: headSchema }),
  },
  "audit/verify": { params: z.strictObject(workspace), result: verifyReportSchema },
  /** Ends the host once its runs are paused; `Restart Host` uses it. */
  "host/stop": {
    params: z.strictObject({ ...workspace, reason: z.string().max(200) }),
    result: z.strictObject({ stopping: z.literal(true) }),
  },
} as const;

export type Method = keyof typeof methods;
export type MethodParams<M extends Method> = z.input<(typeof methods)[M]["params"]>;
export type MethodResult<M extends Method> = z.output<(typeof methods)[M]["result"]>;

/** The JSON-RPC notifications the host sends. */
export const notifications = {
  "state/event": z.strictObject({ ...workspace, ...deliveredEntrySchema.shape }),
  /** Progress of one task; not journaled, may be dropped for a slow client. */
  "task/progress": z.strictObject({
    ...ofRun,
    taskId: taskIdSchema,
    stage: z.string().max(200),
    done: z.int().min(0),
    /** 0 while the total is not known. */
    total: z.int().min(0),
  }),
  /** The run could neither go on nor end, because journal or disk take nothing. It can be resumed. */
  "run/stopped": z.strictObject({
    ...ofRun,
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
  }),
  "host/closing": z.strictObject({ ...workspace, reason: z.string() }),
} as const;

export type NotificationName = keyof typeof notifications;
export type NotificationParams<N extends NotificationName> = z.output<(typeof notifications)[N]>;
