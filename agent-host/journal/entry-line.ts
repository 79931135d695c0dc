import { HostError } from "../core/host-error.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor, Entry } from "../protocol/journal.ts";
import { eventVersion } from "../protocol/journal-format.ts";

/** The most an event's data may take inline, in bytes of JSON. Longer things are blobs. */
export const maxInlineBytes = 4_096;

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

/** Everything of an entry that is fixed before it has its place in the chain. */
type Content = PreparedEntry["content"];

/**
 * Prepares one of the journal's own entries, whose type and data are written in this folder. It needs no schema, and
 * so a host starts and stops without them.
 *
 * @throws HostError `journal.tooLarge` for data over 4 KiB.
 */
export function ownEntry(workspaceId: string, draft: OwnDraft): PreparedEntry {
  const { type, actor, data } = draft;
  const content: Content = {
    v: eventVersion,
    type,
    workspaceId,
    runId: null,
    taskId: null,
    cause: null,
    traceId: null,
    actor,
    resource: null,
    action: type,
    outcome: "ok",
    data,
  };
  return preparedEntry(content, actorJson(actor));
}

export type OwnDraft = Pick<
  Extract<EventDraft, { type: "journal.created" | "host.started" | "host.stopped" }>,
  "type" | "actor" | "data"
>;

/** @throws HostError `journal.tooLarge` for data over 4 KiB. */
export function preparedEntry(content: Content, actor: string): PreparedEntry {
  return { body: bodyOf(content, actor, dataJson(content.type, content.data)), content };
}

/** An actor as it stands in the line. */
export function actorJson({ kind, id, role }: Actor): string {
  return `{"kind":"${kind}","id":${quoted(id)},"role":${quoted(role)}}`;
}

function dataJson(type: string, data: Entry["data"]): string {
  const json = JSON.stringify(data);
  // UTF-8 takes at most three bytes for a UTF-16 unit: only long texts need counting.
  if (json.length * 3 <= maxInlineBytes || Buffer.byteLength(json) <= maxInlineBytes) return json;
  throw new HostError("journal.tooLarge", `The data of ${type} is over ${maxInlineBytes} bytes`, {
    hint: "Put long texts into a blob",
  });
}

// Few pieces put together: `JSON.stringify` of the whole takes twice as long, and so does a line of many pieces when
// it is hashed.
function bodyOf(content: Content, actor: string, data: string): string {
  const { type, workspaceId, action } = content;
  return `"type":"${type}","workspaceId":"${workspaceId}",${idsOf(content)}"actor":${actor},"resource":${resourceOf(content)},"action":${quoted(action)},"outcome":${quoted(content.outcome)},"data":${data}`;
}

const noIds = `"runId":null,"taskId":null,"cause":null,"traceId":null,`;

function idsOf({ runId, taskId, cause, traceId }: Content): string {
  if (runId === null && taskId === null && cause === null && traceId === null) return noIds;
  return `"runId":${quotedOrNull(runId)},"taskId":${quotedOrNull(taskId)},"cause":${cause},"traceId":${quotedOrNull(traceId)},`;
}

function resourceOf({ resource }: Content): string {
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
