import * as z from "zod";
import { blobRefSchema } from "./blob.ts";
import { severityCountsSchema } from "./finding.ts";
import { sha256Schema, workspaceIdSchema } from "./ids.ts";
import type { Actor, Entry, Outcome } from "./journal.ts";
import { lazily } from "./lazily.ts";
import { criterionSchema, evidenceSchema, phaseSchema, profileSchema } from "./phase.ts";
import { providerSchema } from "./run.ts";
import { agentTypeSchema, taskTypeSchema, usageSchema } from "./task.ts";

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
    z.strictObject({ goal: blobRefSchema, profile: profileSchema, provider: providerSchema }),
  "run.started": () => z.strictObject({ phases: z.array(phaseSchema), rulesChecksum: sha256Schema }),
  "run.paused": () => z.strictObject({ reason: z.string().max(500) }),
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
    }),
  "task.refused": () => z.strictObject({ rule: z.string().max(100), reason: blobRefSchema }),
  "task.started": () => z.strictObject({ agentId: z.string(), attempt: z.int().min(1) }),
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
    }),
  "agent.stateChanged": () =>
    z.strictObject({
      agentType: agentTypeSchema,
      from: z.enum(["idle", "working", "stopped"]),
      to: z.enum(["idle", "working", "stopped"]),
    }),
  "gate.evaluated": () =>
    z.strictObject({
      phase: phaseSchema,
      rulesChecksum: sha256Schema,
      evidence: z.array(evidenceSchema),
    }),
  "gate.decided": () =>
    z.strictObject({
      phase: phaseSchema,
      decision: z.enum(["passed", "failed"]),
      criteria: z.array(criterionSchema),
    }),
  /** `findings` is a JSON array of `Finding`, at most 500 a batch. */
  "finding.reported": () => z.strictObject({ counts: severityCountsSchema, findings: blobRefSchema }),
  "rules.loaded": () =>
    z.strictObject({
      checksum: sha256Schema,
      source: z.enum(["shipped", "user", "workspace"]),
    }),
  "permission.decided": () =>
    z.strictObject({
      permission: z.string().max(300),
      allowed: z.boolean(),
      reason: z.string().max(500),
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
