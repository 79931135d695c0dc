import * as z from "zod";
import { approverSchema } from "./approver.ts";
import { blobRefSchema } from "./blob.ts";
import { approvalKindSchema, extentSchema, riskSchema, rulesSourceSchema } from "./decision-terms.ts";
import { severityCountsSchema } from "./finding.ts";
import {
  approvalIdSchema,
  changeSetIdSchema,
  effectIdSchema,
  gateIdSchema,
  keyIdSchema,
  sha256Schema,
  treeHashSchema,
  workspaceIdSchema,
} from "./ids.ts";
import type { Actor, Entry, Outcome } from "./journal.ts";
import { lazily } from "./lazily.ts";
import { modelPlanSchema } from "./model-plan.ts";
import { criterionSchema, evidenceSchema, phaseSchema, profileSchema } from "./phase.ts";
import { approveModeSchema, assuranceSchema, providerSchema } from "./run.ts";
import { amountSchema, budgetSchema } from "./scope.ts";
import { agentTypeSchema, taskTypeSchema, usageSchema } from "./task.ts";

const budgetKind = budgetSchema.keyof();

/**
 * The data of each event type. Only structured, non-personal data (at most 4 KiB) stands here;
 * words and user paths are blobs. A type that is not listed yet is read as it is and changes no state.
 */
export const eventDataSchemas = lazily({
  "journal.created": () => z.strictObject({ format: z.int().min(1), workspaceId: workspaceIdSchema }),
  "host.started": () =>
    z.strictObject({
      hostVersion: z.string(),
      pid: z.int(),
      mode: z.enum(["editor", "command-line", "serve"]),
      segment: z.string(),
      /** What this host accepts of the segment before its own; null in the first segment. */
      previous: z
        .strictObject({ segment: z.string(), acceptedBytes: z.int().min(0), fencedBytes: z.int().min(0) })
        .nullable(),
    }),
  "host.stopped": () => z.strictObject({ reason: z.string().max(200) }),
  "run.created": () =>
    z.strictObject({
      goal: blobRefSchema,
      profile: profileSchema,
      provider: providerSchema,
      approve: approveModeSchema.optional(),
      /** Models of each agent as `endpoint:model`, the preferred one first; absent in a run without any. */
      models: modelPlanSchema.optional(),
      /** JSON array of `Attachment`. */
      attachments: blobRefSchema.optional(),
      /** The script of a scripted run. */
      script: blobRefSchema.optional(),
      budget: budgetSchema.optional(),
    }),
  /** Everything the run is pinned to. `pinned` is the JSON of `PinnedRun`: rules, scope, commands. */
  "run.started": () =>
    z.strictObject({
      phases: z.array(phaseSchema),
      rulesChecksum: sha256Schema,
      pinned: blobRefSchema.optional(),
      assurance: assuranceSchema.optional(),
      /** Tree of the workspace as it was; absent in a run that changes nothing. */
      baseTree: treeHashSchema.optional(),
      /** What is in no tree and why, one a line: nested repositories, names that are no UTF-8. */
      notes: blobRefSchema.optional(),
    }),
  "run.paused": () =>
    z.strictObject({
      reason: z.string().max(500),
      /** `model`: its endpoint takes no call before a person does something, such as giving a key. */
      cause: z.enum(["asked", "host", "storage", "budget", "approval", "conflict", "model"]).optional(),
      /** The reason in words that may name files of the user; shown instead. */
      detail: blobRefSchema.optional(),
    }),
  /** Nothing can go on before these gates and approvals are answered. */
  "run.waiting": () => z.strictObject({ for: z.array(z.string()).max(50) }),
  /** Words of a person to the agents at work; `taskId` of the entry names one of them, else all hear it. */
  "run.steered": () => z.strictObject({ message: blobRefSchema }),
  "run.resumed": () => z.strictObject({ reason: z.string().max(500) }),
  "run.finished": () =>
    z.strictObject({
      status: z.enum(["done", "failed", "cancelled"]),
      exitCode: z.int(),
      /** Path of the report relative to the workspace's state folder; null if none was written. */
      report: z.string().nullable(),
      usage: usageSchema,
      /** Why it failed or was cancelled, in words. */
      reason: blobRefSchema.optional(),
    }),
  "run.deleted": () => z.strictObject({}),
  "phase.entered": () => z.strictObject({ phase: phaseSchema, index: z.int().min(1), of: z.int().min(1) }),
  "phase.left": () => z.strictObject({ phase: phaseSchema }),
  "task.planned": () =>
    z.strictObject({
      phase: phaseSchema,
      agentType: agentTypeSchema,
      taskType: taskTypeSchema,
      complexity: z.int().min(1).max(10),
      priority: z.int().min(1).max(10),
      dependsOn: z.array(z.string()).max(50),
      contextHash: sha256Schema,
      /** The whole `TaskSpec` as JSON. */
      spec: blobRefSchema,
      /** Short name from the program's own vocabulary; no user text. */
      title: z.string().max(120),
      /** The name the planner gave it, shown instead. */
      name: blobRefSchema.optional(),
    }),
  "task.refused": () => z.strictObject({ rule: z.string().max(100), reason: blobRefSchema }),
  "task.started": () =>
    z.strictObject({
      agentId: z.string(),
      attempt: z.int().min(1),
      /** Tree the task began with; absent for a task that changes nothing. */
      baseTree: treeHashSchema.optional(),
    }),
  "task.finished": () =>
    z.strictObject({
      agentId: z.string(),
      status: z.enum(["done", "failed", "cancelled"]),
      executionTimeMs: z.number().min(0),
      confidence: z.number().min(0).max(1),
      /** The whole `TaskResult` as JSON; null when the task ended without one. */
      result: blobRefSchema.nullable(),
      usage: usageSchema,
      /** One line that says what came out, in numbers; no user text. */
      summary: z.string().max(500),
      /** Why it failed, in words. */
      reason: blobRefSchema.optional(),
      changeSetId: changeSetIdSchema.optional(),
      /** It failed in a way that another attempt may mend, and the rules allow one. */
      retries: z.boolean().optional(),
    }),
  "agent.stateChanged": () =>
    z.strictObject({
      agentType: agentTypeSchema,
      from: z.enum(["idle", "working", "stopped"]),
      to: z.enum(["idle", "working", "stopped"]),
    }),
  /** The task is about to ask a model. What it may cost at most is set aside until the answer is journaled. */
  "model.requested": () =>
    z.strictObject({
      attempt: z.int().min(1),
      turn: z.int().min(1),
      model: z.string().max(200),
      promptChecksum: sha256Schema,
      reserved: amountSchema,
      /** What the model was told since its last answer, tool results aside: JSON array of `UserMessage`. */
      said: blobRefSchema.optional(),
      /** `seq` of the last words of a person that stand in it. */
      heardSeq: z.int().min(0).optional(),
    }),
  /** The finished message. `usage` is what was used; for a lost call what was set aside for it. */
  "model.answered": () =>
    z.strictObject({
      attempt: z.int().min(1),
      turn: z.int().min(1),
      /** `AssistantMessage` as JSON; absent for a call that failed or was lost. */
      message: blobRefSchema.optional(),
      usage: usageSchema,
      problem: z.string().max(200).optional(),
    }),
  /** Durable before the effect begins. `before`/`after`: SHA-256 of the file, null where there is none. */
  "effect.intended": () =>
    z.strictObject({
      effectId: effectIdSchema,
      tool: z.string().max(100),
      /** What will be done, as JSON. */
      detail: blobRefSchema,
      check: z.discriminatedUnion("kind", [
        /** The file `path` (in `detail`) tells whether it happened. */
        z.strictObject({
          kind: z.literal("file"),
          before: sha256Schema.nullable(),
          after: sha256Schema.nullable(),
        }),
        /** Several files at once, in the order of the paths in `detail`. */
        z.strictObject({
          kind: z.literal("files"),
          files: z
            .array(z.strictObject({ before: sha256Schema.nullable(), after: sha256Schema.nullable() }))
            .max(25),
        }),
        /** Doing it again changes nothing: it is addressed by its content or runs in a throw-away tree. */
        z.strictObject({ kind: z.literal("repeatable") }),
        /** Nothing tells whether it happened. */
        z.strictObject({ kind: z.literal("none") }),
      ]),
    }),
  /** Also written, without an intent before, for calls that change nothing. `result` is a `ToolResult` as JSON. */
  "effect.completed": () =>
    z.strictObject({
      effectId: effectIdSchema,
      tool: z.string().max(100),
      result: blobRefSchema,
      /** All that the tool put out, where the result had to leave something out. */
      full: blobRefSchema.optional(),
      isError: z.boolean(),
      durationMs: z.number().min(0),
    }),
  "effect.inDoubt": () => z.strictObject({ effectId: effectIdSchema, reason: z.string().max(300) }),
  /** `done`: the file shows that it happened · `notDone`: it did not · `repeat`, `leave`: a person says so. */
  "effect.settled": () =>
    z.strictObject({ effectId: effectIdSchema, as: z.enum(["done", "notDone", "repeat", "leave"]) }),
  /** `subject` is the `GateSubject` as JSON, of which `digest` is the SHA-256. */
  "gate.evaluated": () =>
    z.strictObject({
      phase: phaseSchema,
      rulesChecksum: sha256Schema,
      evidence: z.array(evidenceSchema),
      gateId: gateIdSchema.optional(),
      treeHash: treeHashSchema.nullable().optional(),
      verdict: z.enum(["passed", "failed", "needsPerson"]).optional(),
      subject: blobRefSchema.optional(),
      digest: sha256Schema.optional(),
    }),
  "gate.decided": () =>
    z.strictObject({
      phase: phaseSchema,
      decision: z.enum(["passed", "failed", "rejected"]),
      criteria: z.array(criterionSchema),
      gateId: gateIdSchema.optional(),
      treeHash: treeHashSchema.nullable().optional(),
      /** Rejected and sent back: this phase and every later one is walked again, with the person's words. */
      returned: z.strictObject({ to: phaseSchema, comment: blobRefSchema }).optional(),
      /** Absent where the program decided. `signed` is the `SignedDecision` as JSON. */
      keyId: keyIdSchema.optional(),
      signed: blobRefSchema.optional(),
      signature: z.string().max(100).optional(),
    }),
  /** `subject` is the `ApprovalSubject` as JSON, of which `digest` is the SHA-256. */
  "approval.requested": () =>
    z.strictObject({
      approvalId: approvalIdSchema,
      kind: approvalKindSchema,
      tool: z.string().max(100),
      risk: riskSchema,
      /** Absent for a request that belongs to no run: it is made again from what `about` names. */
      subject: blobRefSchema.optional(),
      /** SHA-256 of the workspace rules it is about. */
      about: sha256Schema.optional(),
      digest: sha256Schema,
      limitMs: z.number().min(0),
      /** The effect it is about. */
      effectId: effectIdSchema.optional(),
    }),
  /** `by`: a person's signature, or a policy of this run that is named. */
  "approval.decided": () =>
    z.strictObject({
      approvalId: approvalIdSchema,
      answer: z.enum(["approve", "reject"]),
      extent: extentSchema,
      by: z.enum(["person", "policy:auto", "policy:never", "policy:rule"]),
      digest: sha256Schema,
      /** The pattern that counts from now on, where `extent` reaches further than this call. */
      grant: blobRefSchema.optional(),
      /** The person's words, where they said any. */
      comment: blobRefSchema.optional(),
      keyId: keyIdSchema.optional(),
      signed: blobRefSchema.optional(),
      signature: z.string().max(100).optional(),
    }),
  "budget.warned": () => z.strictObject({ kind: budgetKind, percent: z.number(), limit: z.number() }),
  /** The next model call would pass the limit: `spent` + `reserved` + `wanted` > `limit`. */
  "budget.exhausted": () =>
    z.strictObject({
      kind: budgetKind,
      limit: z.number(),
      spent: z.number(),
      reserved: z.number(),
      wanted: z.number(),
    }),
  "budget.extended": () => z.strictObject({ budget: budgetSchema }),
  /** `files` is a JSON array of `ChangedFile`. */
  "changeset.created": () =>
    z.strictObject({
      changeSetId: changeSetIdSchema,
      base: treeHashSchema,
      result: treeHashSchema,
      files: blobRefSchema,
      fileCount: z.int().min(0),
      added: z.int().min(0),
      removed: z.int().min(0),
    }),
  /** `tree` is what is now to be applied; evidence for any other tree is void. */
  "changeset.merged": () => z.strictObject({ changeSetId: changeSetIdSchema, tree: treeHashSchema }),
  /** The run's change stands in the workspace. `preimages` is what stood there before, as JSON. */
  "changeset.applied": () =>
    z.strictObject({
      changeSetId: changeSetIdSchema,
      tree: treeHashSchema,
      fileCount: z.int().min(0),
      preimages: blobRefSchema,
    }),
  /** What was applied is taken back: the workspace's files of this change are again as before. */
  "changeset.undone": () =>
    z.strictObject({
      changeSetId: changeSetIdSchema,
      /** Tree whose files stand in the workspace now. */
      tree: treeHashSchema,
      fileCount: z.int().min(0),
    }),
  "approver.enrolled": () =>
    z.strictObject({
      approver: approverSchema,
      /** Who admitted it; null for the first key of a workspace. */
      by: keyIdSchema.nullable(),
      signature: z.string().max(100).optional(),
    }),
  /** `findings` is a JSON array of `Finding`, at most 500 a batch. */
  "finding.reported": () => z.strictObject({ counts: severityCountsSchema, findings: blobRefSchema }),
  "rules.loaded": () =>
    z.strictObject({
      checksum: sha256Schema,
      source: rulesSourceSchema,
    }),
  /** The last good ones stay. `reason` names place and fault. */
  "rules.refused": () =>
    z.strictObject({
      source: rulesSourceSchema,
      line: z.int().min(1).nullable(),
      reason: z.string().max(500),
    }),
  "prompt.loaded": () => z.strictObject({ prompt: z.string().max(100), checksum: sha256Schema }),
  "prompt.refused": () => z.strictObject({ prompt: z.string().max(100), reason: z.string().max(500) }),
  /** `trusted`: the folder may start processes from now on. */
  "config.changed": () => z.strictObject({ key: z.enum(["trusted"]), value: z.boolean() }),
  "permission.decided": () =>
    z.strictObject({
      permission: z.string().max(300),
      allowed: z.boolean(),
      reason: z.string().max(500),
      /** Name of the rule that decided, such as `scope.paths`. */
      rule: z.string().max(100).optional(),
      /** What was asked for, as JSON: it may hold paths of the user. */
      detail: blobRefSchema.optional(),
    }),
  "auth.succeeded": () => z.strictObject({ client: z.string().max(200) }),
  "auth.failed": () => z.strictObject({ reason: z.string().max(200) }),
});

export type EventType = keyof typeof eventDataSchemas;
export type EventData<T extends EventType> = z.infer<(typeof eventDataSchemas)[T]>;

/** An entry whose data is known to fit its type. */
export type TypedEntry = {
  [T in EventType]: Omit<Entry, "type" | "data"> & { type: T; data: EventData<T> };
}[EventType];

/** What a caller hands to the journal; the journal adds v, seq, time, workspaceId and prevHash. */
export type EventDraft = {
  [T in EventType]: {
    type: T;
    data: EventData<T>;
    actor: Actor;
    runId?: string;
    taskId?: string;
    /** `seq` of the entry that led to this one. */
    cause?: number;
    traceId?: string;
    resource?: { type: string; id: string };
    /** Verb of the command that was carried out; the event type if not given. */
    action?: string;
    outcome?: Outcome;
  };
}[EventType];

/** Parses an entry's data by its type. Returns null for a type this program does not know or data that does not fit. */
export function typedEntry(entry: Entry): TypedEntry | null {
  const schema = Object.hasOwn(eventDataSchemas, entry.type)
    ? eventDataSchemas[entry.type as EventType]
    : undefined;
  if (schema === undefined) return null;
  const parsed = schema.safeParse(entry.data);
  return parsed.success ? ({ ...entry, data: parsed.data } as TypedEntry) : null;
}
