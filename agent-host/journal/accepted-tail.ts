import { join } from "node:path";
import { HostError } from "../core/host-error.ts";
import type { Head } from "../protocol/journal.ts";
import { type Envelope, readEnvelope } from "./envelope.ts";
import { segmentSize } from "./open-segment.ts";
import { completeLines, lineFeed, readRange } from "./read-range.ts";
import { segmentName } from "./segment-name.ts";
import { sha256Hex } from "./sha256.ts";

/** Enough for the last line, which is all that a clean close leaves to read. */
const firstWindowBytes = 8 * 1_024;

/** The end of the journal as a new host takes it over. */
export interface AcceptedTail {
  readonly last: Pick<Envelope, "seq" | "time" | "workspaceId"> & { readonly hash: string };
  /** The segment that holds it; later ones hold nothing that counts. */
  readonly segment: number;
  readonly acceptedBytes: number;
  /** Bytes after those: a torn line, or lines that fail their check. Never trusted, never removed. */
  readonly fencedBytes: number;
}

/**
 * Finds the last entry that counts, reading backwards from the end and no further than `head.json` makes needful:
 * what `head` covers was verified as it was written, what came later is checked here line by line.
 *
 * Null if no segment holds an entry.
 *
 * @throws HostError `journal.damaged` if an entry that `head` names is missing or was changed. Going on would
 * chain onto the changed bytes and so hide the change from every later verification.
 */
export async function findAcceptedTail(
  folder: string,
  segments: readonly number[],
  head: Head | null,
): Promise<AcceptedTail | null> {
  for (const segment of segments.toReversed()) {
    const tail = await tailOf(folder, segment, head);
    if (tail === null) continue;
    if (head !== null && tail.last.seq < head.seq) throw damaged(head, "is missing");
    return tail;
  }
  if (head !== null && head.seq > 0) throw damaged(head, "is missing");
  return null;
}

async function tailOf(folder: string, segment: number, head: Head | null): Promise<AcceptedTail | null> {
  const path = join(folder, segmentName(segment));
  const size = await segmentSize(path);
  for (let window = firstWindowBytes; ; window *= 4) {
    const start = Math.max(0, size - window);
    const bytes = await readRange(path, start, size);
    const found = await checkWindow(bytes, start, head);
    if (found === "too small") continue;
    if (found === null) return null;
    return { last: found.last, segment, acceptedBytes: found.end, fencedBytes: size - found.end };
  }
}

interface CheckedWindow {
  last: AcceptedTail["last"];
  /** Offset in the segment where the accepted bytes end. */
  end: number;
}

async function checkWindow(
  bytes: Buffer,
  start: number,
  head: Head | null,
): Promise<CheckedWindow | null | "too small"> {
  // A window in the middle of a segment begins inside a line.
  const skipped = start === 0 ? 0 : bytes.indexOf(lineFeed) + 1;
  if (start > 0 && skipped === 0) return "too small";
  let result: CheckedWindow | null = null;
  for (const { offset, line } of completeLines(bytes.subarray(skipped))) {
    const entry = coveredBy(head, line) ?? (await parsed(line));
    if (entry === null || (result !== null && !follows(entry, result.last))) break;
    if (result === null && start > 0 && (head === null ? false : entry.seq > head.seq)) return "too small";
    const hash = sha256Hex(line);
    if (head !== null && entry.seq === head.seq && hash !== head.hash) throw damaged(head, "was changed");
    const { seq, time, workspaceId } = entry;
    result = { last: { seq, time, workspaceId, hash }, end: start + skipped + offset + line.length + 1 };
  }
  return result === null && start > 0 ? "too small" : result;
}

/** The envelope of a line that was checked as it was written. */
function coveredBy(head: Head | null, line: Buffer): Envelope | null {
  const envelope = head === null ? null : readEnvelope(line.toString("latin1"));
  if (envelope === null || envelope === "irregular") return null;
  return head !== null && envelope.seq <= head.seq ? envelope : null;
}

async function parsed(line: Buffer): Promise<Envelope | null> {
  // Only after a crash: the schemas would double the time of a start.
  const { parseEntry } = await import("./parse-entry.ts");
  return parseEntry(line);
}

function follows(entry: Envelope, last: AcceptedTail["last"]): boolean {
  return entry.seq === last.seq + 1 && entry.prevHash === last.hash;
}

function damaged(head: Head, what: string): HostError {
  return new HostError("journal.damaged", `Entry ${head.seq}, which head.json names, ${what}`, {
    hint: "Run `agent-team audit verify`; keep the journal folder, and move it away to start a new one",
  });
}
