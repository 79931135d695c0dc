import { join } from "node:path";
import { typedEntry } from "../protocol/events.ts";
import type { Entry } from "../protocol/journal.ts";
import { parseEntry } from "./parse-entry.ts";
import { completeLines, readRange } from "./read-range.ts";
import { segmentName, segmentNumber } from "./segment-name.ts";

/** More than three of the longest lines. */
export const startBytes = 64 * 1_024;

/** What a host that started with this segment says of the one before. */
export interface HostClaim {
  /** Seq of the `host.started` that says so. */
  readonly seq: number;
  /** The last segment with accepted bytes; null if nothing before counts. Segments between hold nothing that counts. */
  readonly previous: { readonly segment: number; readonly acceptedBytes: number } | null;
}

export interface SegmentStart {
  /** Null while the segment holds no complete entry. */
  readonly first: Entry | null;
  /** Null for a segment that only continues the one before (a roll at 16 MiB). */
  readonly claim: HostClaim | null;
}

/** Reads what the first lines of a segment tell. A line that is no entry tells nothing. */
export async function readSegmentStart(folder: string, segment: number): Promise<SegmentStart> {
  const bytes = await readRange(join(folder, segmentName(segment)), 0, startBytes);
  const [first, second] = firstEntries(bytes);
  const claimant = first?.type === "journal.created" ? second : first;
  return { first: first ?? null, claim: claimant == null ? null : claimOf(claimant) };
}

function firstEntries(bytes: Buffer): (Entry | null)[] {
  const entries: (Entry | null)[] = [];
  for (const { line } of completeLines(bytes)) {
    entries.push(parseEntry(line));
    if (entries.length === 2) break;
  }
  return entries;
}

export function claimOf(entry: Entry): HostClaim | null {
  const typed = typedEntry(entry);
  if (typed?.type !== "host.started") return null;
  const { previous } = typed.data;
  if (previous === null) return { seq: entry.seq, previous: null };
  const segment = segmentNumber(previous.segment);
  return segment === null
    ? null
    : { seq: entry.seq, previous: { segment, acceptedBytes: previous.acceptedBytes } };
}
