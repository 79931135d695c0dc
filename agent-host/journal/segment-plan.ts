import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Entry, Head } from "../protocol/journal.ts";
import { parseEntry } from "./parse-entry.ts";
import { completeLines, readRange } from "./read-range.ts";
import { segmentName } from "./segment-name.ts";
import { claimOf, type HostClaim, startBytes } from "./segment-start.ts";
import { sha256Hex } from "./sha256.ts";

/**
 * How far a segment counts.
 * `claimed`: to the length a later host accepted · `complete`: to its last byte, as its host went on in the next
 * segment · `open`: to its last LF, as the journal ends here · `doubtful`: the entry that says how far was changed;
 * to its last LF, or to the entry `beforeSeq` where that is known · `void`: nothing in it counts.
 */
export type SegmentEnd =
  | { kind: "claimed"; bytes: number }
  | { kind: "complete" }
  | { kind: "open" }
  | { kind: "doubtful"; beforeSeq: number | null }
  | { kind: "void" };

export interface SegmentPlan {
  readonly segment: number;
  readonly path: string;
  readonly size: number;
  /** False where a folder, a link or a pipe has the name of a segment; nothing is read of it. */
  readonly isFile: boolean;
  readonly end: SegmentEnd;
  readonly firstLines: readonly FirstLine[];
}

/** One of the first lines of a segment, as far as it can be understood. */
export interface FirstLine {
  readonly entry: Entry | null;
  readonly hash: string;
  readonly prevHash: string | null;
}

/**
 * Settles for each segment how far it counts, from the last one back: only a host whose own segment counts can say
 * something about an earlier one. A claim whose entry the next entry's `prevHash` shows to be changed is not believed.
 */
export async function planSegments(
  folder: string,
  segments: readonly number[],
  head: Head | null,
): Promise<SegmentPlan[]> {
  const found = await Promise.all(segments.map((segment) => inspect(folder, segment)));
  const ends = new Map<number, SegmentEnd>();
  let end: SegmentEnd = { kind: "open" };
  const last = lastFilled(found, found.length);
  // A host that was killed in its first write left no entry; nobody has passed over its segment yet.
  for (let index = last + 1; index < found.length; index += 1) ends.set(index, end);
  for (let index = last; index >= 0; ) {
    ends.set(index, end);
    const before = lastFilled(found, index);
    const lines = linesFrom(found, index);
    const claim = claimIn(lines);
    const named = claim?.previous == null ? -1 : segments.indexOf(claim.previous.segment);
    if (wasChanged(lines, head) || named >= index) {
      end = { kind: "doubtful", beforeSeq: seqBefore(lines[1]) };
      index = before;
    } else if (claim === null) {
      end = { kind: "complete" };
      index = before;
    } else if (claim.previous !== null && named === -1) {
      // The segment it names is gone; what is left before it is checked as it stands.
      end = { kind: "doubtful", beforeSeq: null };
      index = before;
    } else {
      end = { kind: "claimed", bytes: claim.previous?.acceptedBytes ?? 0 };
      index = named;
    }
  }
  return found.map((each, index) => ({ ...each, end: ends.get(index) ?? { kind: "void" } }));
}

type Inspected = Omit<SegmentPlan, "end">;

async function inspect(folder: string, segment: number): Promise<Inspected> {
  const path = join(folder, segmentName(segment));
  const status = await lstat(path);
  if (!status.isFile()) return { segment, path, size: 0, isFile: false, firstLines: [] };
  const { size } = status;
  const bytes = await readRange(path, 0, Math.min(size, startBytes));
  const firstLines: FirstLine[] = [];
  for (const { line } of completeLines(bytes)) {
    firstLines.push({ entry: parseEntry(line), hash: sha256Hex(line), prevHash: prevHashOf(line) });
    if (firstLines.length === 3) break;
  }
  return { segment, path, size, isFile: true, firstLines };
}

const prevHashPattern = /"prevHash":"([0-9a-f]{64})"\}$/;

/** What a line says of the one before, without understanding the rest of it. */
export function prevHashOf(line: Buffer): string | null {
  return prevHashPattern.exec(line.toString("latin1", Math.max(0, line.length - 90)))?.[1] ?? null;
}

function lastFilled(found: readonly Inspected[], below: number): number {
  let index = below - 1;
  while (index >= 0 && found[index]?.firstLines.length === 0) index -= 1;
  return index;
}

/** The first three lines from the start of a segment on, into the next segments where it has fewer. */
function linesFrom(found: readonly Inspected[], index: number): FirstLine[] {
  const lines: FirstLine[] = [];
  for (const each of found.slice(index)) {
    lines.push(...each.firstLines);
    if (lines.length >= 3) break;
  }
  return lines.slice(0, 3);
}

function claimIn([first, second]: readonly FirstLine[]): HostClaim | null {
  const claimant = first?.entry?.type === "journal.created" ? second : first;
  return claimant?.entry == null ? null : claimOf(claimant.entry);
}

function wasChanged([first, second, third]: readonly FirstLine[], head: Head | null): boolean {
  if (first === undefined) return false;
  if (first.entry === null) return true;
  if (second === undefined) return head?.seq === first.entry.seq && head.hash !== first.hash;
  if (second.prevHash === null || second.prevHash === first.hash) return false;
  // They do not fit together: it is the second that was changed if the third does not fit it either.
  return third?.prevHash == null || third.prevHash === second.hash;
}

function seqBefore(line: FirstLine | undefined): number | null {
  return line?.entry == null ? null : line.entry.seq - 1;
}
