import { HostError } from "../core/host-error.ts";
import type { Entry } from "../protocol/journal.ts";
import { parseEntry } from "./parse-entry.ts";
import { completeLines, lineFeed, readRange } from "./read-range.ts";
import { type LivePosition, SegmentCatalog, type SegmentExtent } from "./segment-catalog.ts";
import { shippedUpcasters, type Upcasters, upcast } from "./upcast.ts";

const chunkBytes = 256 * 1_024;
const probeBytes = 16 * 1_024;

/** Which entries to read. Bounds are exclusive. Without `newestFirst` in order of `seq`. */
export interface JournalQuery {
  readonly afterSeq?: number;
  readonly beforeSeq?: number;
  readonly runId?: string;
  readonly type?: string;
  /** Of any of these types. Lines of others are passed over unread, so naming them is much faster. */
  readonly types?: readonly string[];
  /** At most this many entries come back. */
  readonly limit: number;
  readonly newestFirst?: boolean;
}

/** Reads the segments in `folder`; `live` is the position of the own writer, null beside a foreign host. */
export function openEntryReader(
  folder: string,
  live: LivePosition | null,
  upcasters: Upcasters = shippedUpcasters,
): EntryReader {
  return new EntryReader(new SegmentCatalog(folder, live), upcasters);
}

/**
 * Reads entries straight from the segments. There is no index to keep or lose: lines are in order of `seq`, so a
 * place is found by bisecting segments and then bytes, in about a dozen small reads, whatever the journal's size.
 */
export class EntryReader {
  private readonly catalog: SegmentCatalog;
  private readonly upcasters: Upcasters;

  constructor(catalog: SegmentCatalog, upcasters: Upcasters) {
    this.catalog = catalog;
    this.upcasters = upcasters;
  }

  /** @throws HostError `journal.damaged` if a line within the range is no entry. */
  async read(query: JournalQuery, signal: AbortSignal): Promise<Entry[]> {
    const segments = await this.catalog.list();
    const filter = new LineFilter(query, this.upcasters);
    if (segments.length === 0 || query.limit < 1) return [];
    if (query.newestFirst === true) await this.readBackwards(segments, filter, signal);
    else await this.readForwards(segments, filter, signal);
    return filter.found;
  }

  private async readForwards(segments: number[], filter: LineFilter, signal: AbortSignal): Promise<void> {
    const first = await this.catalog.indexFor(segments, filter.fromSeq);
    for (let index = first; index < segments.length && !filter.done; index += 1) {
      const extent = await this.catalog.extent(segments, index);
      const start = index === first ? await offsetOf(filter.fromSeq, extent) : 0;
      await scanForwards(extent, start, filter, signal);
    }
  }

  private async readBackwards(segments: number[], filter: LineFilter, signal: AbortSignal): Promise<void> {
    const bounded = Number.isFinite(filter.toSeq);
    const last = bounded ? await this.catalog.indexFor(segments, filter.toSeq) : segments.length - 1;
    for (let index = last; index >= 0 && !filter.done; index -= 1) {
      const extent = await this.catalog.extent(segments, index);
      const end = bounded && index === last ? await offsetOf(filter.toSeq, extent) : extent.acceptedBytes;
      await scanBackwards(extent, end, filter, signal);
    }
  }
}

/** Collects the entries a query asks for, parsing only lines that may be among them. */
class LineFilter {
  readonly found: Entry[] = [];
  readonly fromSeq: number;
  readonly toSeq: number;
  private passedEnd = false;
  private readonly query: JournalQuery;
  private readonly upcasters: Upcasters;
  private readonly needles: Buffer[];
  /** One of these has to be in the line, if there are any. */
  private readonly typeNeedles: Buffer[];

  constructor(query: JournalQuery, upcasters: Upcasters) {
    this.query = query;
    this.upcasters = upcasters;
    this.fromSeq = (query.afterSeq ?? 0) + 1;
    this.toSeq = query.beforeSeq ?? Number.POSITIVE_INFINITY;
    const { runId, type, types = [] } = query;
    const ofType = (each: string): Buffer => Buffer.from(`"type":${JSON.stringify(each)}`);
    this.needles = [
      ...(runId === undefined ? [] : [Buffer.from(`"runId":${JSON.stringify(runId)}`)]),
      ...(type === undefined ? [] : [ofType(type)]),
    ];
    this.typeNeedles = types.map(ofType);
  }

  get done(): boolean {
    return this.passedEnd || this.found.length >= this.query.limit;
  }

  take(line: Buffer, path: string): void {
    const seq = seqOf(line, path);
    const beyond = this.query.newestFirst === true ? seq < this.fromSeq : seq >= this.toSeq;
    if (beyond) this.passedEnd = true;
    if (seq < this.fromSeq || seq >= this.toSeq) return;
    if (!this.needles.every((needle) => line.includes(needle))) return;
    if (this.typeNeedles.length > 0 && !this.typeNeedles.some((needle) => line.includes(needle))) return;
    const entry = parseEntry(line);
    if (entry === null) throw damaged(path, `after entry ${seq - 1}`);
    const { runId, type, types } = this.query;
    if (types !== undefined && !types.includes(entry.type)) return;
    if (runId !== undefined && entry.runId !== runId) return;
    if (type !== undefined && entry.type !== type) return;
    this.found.push(upcast(entry, this.upcasters));
  }
}

/** Offset of the first line whose seq is `seq` or more; the segment's end if there is none. */
async function offsetOf(seq: number, extent: SegmentExtent): Promise<number> {
  let low = 0;
  let high = extent.acceptedBytes;
  while (high - low > probeBytes) {
    const middle = Math.floor((low + high) / 2);
    const bytes = await readRange(extent.path, middle, Math.min(high, middle + probeBytes));
    const lineStart = bytes.indexOf(lineFeed) + 1;
    const lineEnd = lineStart === 0 ? -1 : bytes.indexOf(lineFeed, lineStart);
    if (lineEnd === -1) break;
    if (seqOf(bytes.subarray(lineStart, lineEnd), extent.path) < seq) low = middle + lineStart;
    else high = middle + lineStart;
  }
  const bytes = await readRange(extent.path, low, Math.min(extent.acceptedBytes, high + probeBytes));
  for (const { offset, line } of completeLines(bytes)) {
    if (seqOf(line, extent.path) >= seq) return low + offset;
  }
  return extent.acceptedBytes;
}

async function scanForwards(
  extent: SegmentExtent,
  start: number,
  filter: LineFilter,
  signal: AbortSignal,
): Promise<void> {
  let position = start;
  let size = chunkBytes;
  while (position < extent.acceptedBytes && !filter.done) {
    signal.throwIfAborted();
    const bytes = await readRange(extent.path, position, Math.min(extent.acceptedBytes, position + size));
    let used = 0;
    for (const { offset, line } of completeLines(bytes)) {
      if (filter.done) return;
      filter.take(line, extent.path);
      used = offset + line.length + 1;
    }
    // What is left has no LF: a line that is still being written.
    if (used === 0 && position + bytes.length >= extent.acceptedBytes) return;
    if (used === 0) size *= 2;
    position += used;
    if (bytes.length === 0) return;
  }
}

async function scanBackwards(
  extent: SegmentExtent,
  end: number,
  filter: LineFilter,
  signal: AbortSignal,
): Promise<void> {
  let position = end;
  let size = chunkBytes;
  while (position > 0 && !filter.done) {
    signal.throwIfAborted();
    const start = Math.max(0, position - size);
    const bytes = await readRange(extent.path, start, position);
    const skipped = start === 0 ? 0 : bytes.indexOf(lineFeed) + 1;
    const lines = [...completeLines(bytes.subarray(skipped))];
    if (start > 0 && (skipped === 0 || lines.length === 0)) {
      size *= 2;
      continue;
    }
    for (const { line } of lines.toReversed()) {
      if (filter.done) return;
      filter.take(line, extent.path);
    }
    position = start === 0 ? 0 : start + skipped;
  }
}

const seqPattern = /^\{"v":\d+,"seq":(\d+),/;

function seqOf(line: Buffer, path: string): number {
  const digits = seqPattern.exec(line.toString("latin1", 0, 60))?.[1];
  const seq = digits === undefined ? parseEntry(line)?.seq : Number(digits);
  if (seq === undefined) throw damaged(path, "near an entry that was asked for");
  return seq;
}

function damaged(path: string, where: string): HostError {
  return new HostError("journal.damaged", `A line of ${path} ${where} is not an entry`, {
    hint: "Run `agent-team audit verify`",
  });
}
