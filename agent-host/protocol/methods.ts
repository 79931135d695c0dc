import * as z from "zod";
import { approvalItemSchema } from "./approval.ts";
import { approverSchema } from "./approver.ts";
import { changedFileSchema, changeSummarySchema, discardSchema, hunkSchema } from "./change-set.ts";
import { conversationItemSchema } from "./conversation-item.ts";
import { signedDecisionSchema } from "./decision.ts";
import { findingSchema } from "./finding.ts";
import { protocolRangeSchema } from "./host-info.ts";
import { runIdSchema, sha256Schema, taskIdSchema, treeHashSchema, workspaceIdSchema } from "./ids.ts";
import { entrySchema, headSchema, verifyReportSchema } from "./journal.ts";
import { offeredAnswerSchema, offeredModelSchema, offeredRequestSchema } from "./offered-model.ts";
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
      /** `editor`: the client answers the requests of `clientMethods`. */
      capabilities: z.strictObject({ editor: z.boolean().default(false) }).optional(),
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
  /** The changes of all runs that have trees, newest first. */
  "change/list": {
    params: z.strictObject({ ...workspace, limit: z.int().min(1).max(1_000).default(100) }),
    result: z.strictObject({ changes: z.array(changeSummarySchema) }),
  },
  /** One file of a run's change, whole and hunk by hunk. `tree` is the tree that `after` stands in. */
  "change/file": {
    params: z.strictObject({ ...ofRun, path: z.string().min(1).max(4_096) }),
    result: z.strictObject({
      tree: treeHashSchema,
      /** null: there is no such file on this side, it is binary, or longer than 1,000,000 bytes. */
      before: z.string().nullable(),
      after: z.string().nullable(),
      isBinary: z.boolean(),
      /** Empty where the file is binary, a link, or too long: then only the whole file can be discarded. */
      hunks: z.array(hunkSchema),
    }),
  },
  /**
   * Leaves parts out of a change that is not applied. What was passed for the tree before counts no more. Refused
   * with `change.stale` where `tree` is not the present one.
   */
  "change/discard": {
    params: z.strictObject({
      ...ofRun,
      tree: treeHashSchema,
      parts: z.array(discardSchema).min(1).max(1_000),
    }),
    result: z.strictObject({ seq: z.int(), tree: treeHashSchema }),
  },
  /** Applies what was undone once more, if every gate has passed for it. */
  "change/apply": {
    params: z.strictObject(ofRun),
    result: z.strictObject({ seq: z.int(), files: z.int() }),
  },
  /** Takes an applied change back. Files the person changed since are named and nothing is done. */
  "change/undo": {
    params: z.strictObject(ofRun),
    result: z.strictObject({ seq: z.int(), files: z.int() }),
  },
  /** What one task said and heard: the newest `limit` messages before index `before`. */
  "task/conversation": {
    params: z.strictObject({
      ...ofRun,
      taskId: taskIdSchema,
      before: z.int().min(0).optional(),
      limit: z.int().min(1).max(500).default(100),
    }),
    result: z.strictObject({ total: z.int(), messages: z.array(conversationItemSchema) }),
  },
  /** A window offers the models that its editor has; they are gone when it disconnects. */
  "model/offer": {
    params: z.strictObject({ ...workspace, models: z.array(offeredModelSchema).max(200) }),
    result: z.strictObject({}),
  },
  /** A key for an endpoint of config.yaml, kept in memory only, as long as this host lives. */
  "secret/offer": {
    params: z.strictObject({
      ...workspace,
      endpoint: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
      key: z.string().min(1).max(10_000),
    }),
    result: z.strictObject({}),
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
  /** Text of a model or output of a command as it comes; not journaled, may be dropped for a slow client. */
  "task/text": z.strictObject({
    ...ofRun,
    taskId: taskIdSchema,
    source: z.enum(["model", "command"]),
    text: z.string(),
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

/** The JSON-RPC requests the host sends to a client that said it is an editor. */
export const clientMethods = {
  /** Which of these workspace-relative paths are open with changes that are not saved. */
  "editor/dirty": {
    params: z.strictObject({ ...workspace, paths: z.array(z.string()).max(10_000) }),
    result: z.strictObject({ dirty: z.array(z.string()) }),
  },
  /** Asks one of the models that this window offered. Text comes as `model/text` while the answer is under way. */
  "model/answer": {
    params: z.strictObject({
      ...workspace,
      callId: z.string().min(1).max(100),
      request: offeredRequestSchema,
    }),
    result: offeredAnswerSchema,
  },
} as const;

export type ClientMethod = keyof typeof clientMethods;
export type ClientMethodParams<M extends ClientMethod> = z.output<(typeof clientMethods)[M]["params"]>;
export type ClientMethodResult<M extends ClientMethod> = z.output<(typeof clientMethods)[M]["result"]>;

/** The JSON-RPC notifications an editor sends. */
export const clientNotifications = {
  "model/text": z.strictObject({ ...workspace, callId: z.string().min(1).max(100), text: z.string() }),
} as const;

export type ClientNotificationName = keyof typeof clientNotifications;
export type ClientNotificationParams<N extends ClientNotificationName> = z.output<
  (typeof clientNotifications)[N]
>;
