import { HostError } from "../core/host-error.ts";
import { type EventDraft, eventDataSchemas, eventVersion } from "../protocol/events.ts";
import { type Actor, actorSchema, type Entry, entrySchema } from "../protocol/journal.ts";

/** The most an event's data may take inline, in bytes of JSON. Longer things are blobs. */
export const maxInlineBytes = 4_096;

const maxKnownActors = 64;

/** A checked draft with everything of its line but `seq`, `time` and `prevHash`. */
export interface PreparedEntry {
  /** The line from `"type"` to the end of `"data"`. */
  readonly body: string;
  readonly content: Omit<Entry, "seq" | "time" | "prevHash">;
}

/** What the chain adds to an entry when it is written. */
export interface ChainLink {
  readonly seq: number;
  readonly time: string;
  readonly prevHash: string;
}

/** The line, without its LF. Invariant: its keys stand in the contract's order, whatever order the draft had. */
export function entryLine({ body, content }: PreparedEntry, link: ChainLink): string {
  return `{"v":${content.v},"seq":${link.seq},"time":"${link.time}",${body},"prevHash":"${link.prevHash}"}`;
}

/** The entry that `entryLine` writes. Spelled out: a spread takes ten times as long, and this runs for each entry. */
export function linkedEntry({ content }: PreparedEntry, link: ChainLink): Entry {
  return {
    v: content.v,
    seq: link.seq,
    time: link.time,
    type: content.type,
    workspaceId: content.workspaceId,
    runId: content.runId,
    taskId: content.taskId,
    cause: content.cause,
    traceId: content.traceId,
    actor: content.actor,
    resource: content.resource,
    action: content.action,
    outcome: content.outcome,
    data: content.data,
    prevHash: link.prevHash,
  };
}

/**
 * Checks drafts and writes their JSON as far as it is known. This is most of the time an append takes beside the
 * disk: only what a draft gives is checked, and an actor seen before is not checked and written again.
 */
export class EntryPreparer {
  private readonly actors = new Map<string, { actor: Actor; json: string }>();
  private readonly workspaceId: string;

  constructor(workspaceId: string) {
    this.workspaceId = workspaceId;
  }

  /** @throws HostError `journal.invalid` if it does not fit its schema; `journal.tooLarge` for data over 4 KiB. */
  prepare(draft: EventDraft): PreparedEntry {
    const { actor, json: actorJson } = this.knownActor(draft);
    const data = checkedData(draft);
    const content = {
      v: eventVersion,
      type: draft.type,
      workspaceId: this.workspaceId,
      runId: checked(draft, "runId") ?? null,
      taskId: checked(draft, "taskId") ?? null,
      cause: checked(draft, "cause") ?? null,
      traceId: checked(draft, "traceId") ?? null,
      actor,
      resource: checked(draft, "resource") ?? null,
      action: checked(draft, "action") ?? draft.type,
      outcome: checked(draft, "outcome") ?? "ok",
      data,
    };
    return { body: bodyOf(content, actorJson, dataJson(draft.type, data)), content };
  }

  private knownActor(draft: EventDraft): { actor: Actor; json: string } {
    const { kind, id, role } = draft.actor;
    const known = this.actors.get(id);
    if (known?.actor.kind === kind && known.actor.role === role) return known;
    const parsed = actorSchema.safeParse(draft.actor);
    if (!parsed.success) throw invalid(draft, "actor", parsed.error);
    // A copy that nobody else holds: what was checked must not change afterwards.
    const actor = Object.freeze({ kind, id, role });
    const added = { actor, json: `{"kind":"${kind}","id":${quoted(id)},"role":${quoted(role)}}` };
    // Actors are few; where they are not, starting again costs less than keeping their order of use.
    if (this.actors.size >= maxKnownActors) this.actors.clear();
    this.actors.set(id, added);
    return added;
  }
}

type OptionalKey = "runId" | "taskId" | "cause" | "traceId" | "resource" | "action" | "outcome";

function checked<K extends OptionalKey>(draft: EventDraft, key: K): EventDraft[K] {
  const value = draft[key];
  if (value === undefined) return value;
  const parsed = entrySchema.shape[key].safeParse(value);
  if (!parsed.success) throw invalid(draft, key, parsed.error);
  return parsed.data as EventDraft[K];
}

function checkedData(draft: EventDraft): Entry["data"] {
  const schema = Object.hasOwn(eventDataSchemas, draft.type) ? eventDataSchemas[draft.type] : undefined;
  if (schema === undefined) throw new HostError("journal.invalid", "The event has an unknown type");
  const parsed = schema.safeParse(draft.data);
  if (!parsed.success) throw invalid(draft, "data", parsed.error);
  return parsed.data;
}

function dataJson(type: string, data: Entry["data"]): string {
  const json = JSON.stringify(data);
  // UTF-8 takes at most three bytes for a UTF-16 unit: only long texts need counting.
  if (json.length * 3 <= maxInlineBytes || Buffer.byteLength(json) <= maxInlineBytes) return json;
  throw new HostError("journal.tooLarge", `The data of ${type} is over ${maxInlineBytes} bytes`, {
    hint: "Put long texts into a blob",
  });
}

function invalid(draft: EventDraft, key: string, cause: SchemaError): HostError {
  const issue = cause.issues[0];
  const place = issue === undefined ? "" : ` at ${[key, ...issue.path].join(".")}: ${issue.message}`;
  return new HostError("journal.invalid", `The event ${draft.type} does not fit its schema${place}`, {
    cause,
  });
}

interface SchemaError {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

// Few pieces put together: `JSON.stringify` of the whole takes twice as long, and so does a line of many pieces when
// it is hashed.
function bodyOf(content: PreparedEntry["content"], actorJson: string, data: string): string {
  const { type, workspaceId, action } = content;
  return `"type":"${type}","workspaceId":"${workspaceId}",${idsOf(content)}"actor":${actorJson},"resource":${resourceOf(content)},"action":${quoted(action)},"outcome":${quoted(content.outcome)},"data":${data}`;
}

const noIds = `"runId":null,"taskId":null,"cause":null,"traceId":null,`;

function idsOf({ runId, taskId, cause, traceId }: PreparedEntry["content"]): string {
  if (runId === null && taskId === null && cause === null && traceId === null) return noIds;
  return `"runId":${quotedOrNull(runId)},"taskId":${quotedOrNull(taskId)},"cause":${cause},"traceId":${quotedOrNull(traceId)},`;
}

function resourceOf({ resource }: PreparedEntry["content"]): string {
  return resource === null ? "null" : `{"type":${quoted(resource.type)},"id":${quoted(resource.id)}}`;
}

function quotedOrNull(text: string | null): string {
  return text === null ? "null" : quoted(text);
}

/** Printable ASCII without the quote and the backslash, which JSON writes as it is. */
const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quoted(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}
