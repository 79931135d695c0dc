import { HostError } from "../core/host-error.ts";
import { type EventDraft, eventDataSchemas, eventVersion } from "../protocol/events.ts";
import { type Entry, entrySchema } from "../protocol/journal.ts";

/** The most an event's data may take inline, in bytes of JSON. Longer things are blobs. */
export const maxInlineBytes = 4_096;

/** A checked draft with everything of its line but `seq`, `time` and `prevHash`. */
export interface PreparedEntry {
  /** The line from `"type"` to the end of `"data"`. */
  readonly body: string;
  readonly entry: Omit<Entry, "seq" | "time" | "prevHash">;
}

/** What the chain adds to an entry when it is written. */
export interface ChainLink {
  readonly seq: number;
  readonly time: string;
  readonly prevHash: string;
}

/**
 * Checks a draft and writes its JSON as far as it is known.
 *
 * @throws HostError `journal.invalid` if it does not fit its schema; `journal.tooLarge` if its data is over 4 KiB.
 */
export function prepareEntry(draft: EventDraft, workspaceId: string): PreparedEntry {
  const data = checkedData(draft);
  const dataJson = JSON.stringify(data);
  if (Buffer.byteLength(dataJson) > maxInlineBytes) {
    throw new HostError("journal.tooLarge", `The data of ${draft.type} is over ${maxInlineBytes} bytes`, {
      hint: "Put long texts into a blob",
    });
  }
  const entry = { v: eventVersion, type: draft.type, workspaceId, ...checkedEnvelope(draft), data };
  return { body: bodyOf(entry, dataJson), entry };
}

/** The line, without its LF. Invariant: its key order is the contract's, whatever order the draft had. */
export function entryLine(prepared: PreparedEntry, link: ChainLink): string {
  return `{"v":${prepared.entry.v},"seq":${link.seq},"time":"${link.time}",${prepared.body},"prevHash":"${link.prevHash}"}`;
}

/** The entry that `entryLine` writes. */
export function linkedEntry(prepared: PreparedEntry, link: ChainLink): Entry {
  const { v, ...rest } = prepared.entry;
  return { v, seq: link.seq, time: link.time, ...rest, prevHash: link.prevHash };
}

type Envelope = Omit<Entry, "v" | "seq" | "time" | "type" | "workspaceId" | "data" | "prevHash">;

const envelopeSchema = entrySchema.omit({
  v: true,
  seq: true,
  time: true,
  type: true,
  workspaceId: true,
  data: true,
  prevHash: true,
});

function checkedEnvelope(draft: EventDraft): Envelope {
  const parsed = envelopeSchema.safeParse({
    runId: draft.runId ?? null,
    taskId: draft.taskId ?? null,
    cause: draft.cause ?? null,
    traceId: draft.traceId ?? null,
    actor: draft.actor,
    resource: draft.resource ?? null,
    action: draft.action ?? draft.type,
    outcome: draft.outcome ?? "ok",
  });
  if (!parsed.success) throw invalid(draft, parsed.error);
  return parsed.data;
}

function checkedData(draft: EventDraft): Entry["data"] {
  const schema = Object.hasOwn(eventDataSchemas, draft.type) ? eventDataSchemas[draft.type] : undefined;
  if (schema === undefined) throw new HostError("journal.invalid", "The event has an unknown type");
  const parsed = schema.safeParse(draft.data);
  if (!parsed.success) throw invalid(draft, parsed.error);
  return parsed.data;
}

function invalid(draft: EventDraft, cause: SchemaError): HostError {
  const issue = cause.issues[0];
  const place = issue === undefined ? "" : ` at ${issue.path.join(".")}: ${issue.message}`;
  return new HostError("journal.invalid", `The event ${draft.type} does not fit its schema${place}`, {
    cause,
  });
}

interface SchemaError {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

function bodyOf(entry: PreparedEntry["entry"], dataJson: string): string {
  const { actor, resource } = entry;
  const resourceJson =
    resource === null
      ? "null"
      : `{"type":${JSON.stringify(resource.type)},"id":${JSON.stringify(resource.id)}}`;
  return (
    `"type":"${entry.type}","workspaceId":"${entry.workspaceId}",` +
    `"runId":${quoted(entry.runId)},"taskId":${quoted(entry.taskId)},"cause":${entry.cause},` +
    `"traceId":${entry.traceId === null ? "null" : JSON.stringify(entry.traceId)},` +
    `"actor":{"kind":"${actor.kind}","id":${JSON.stringify(actor.id)},"role":${JSON.stringify(actor.role)}},` +
    `"resource":${resourceJson},"action":${JSON.stringify(entry.action)},"outcome":${JSON.stringify(entry.outcome)},` +
    `"data":${dataJson}`
  );
}

/** For ids, whose schemas admit nothing that JSON would escape. */
function quoted(id: string | null): string {
  return id === null ? "null" : `"${id}"`;
}
