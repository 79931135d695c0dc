import { join } from "node:path";
import { LruCache } from "../core/lru-cache.ts";
import { segmentSize } from "./open-segment.ts";
import { listSegments, segmentName } from "./segment-name.ts";
import { type HostClaim, readSegmentStart, type SegmentStart } from "./segment-start.ts";

const maxCachedStarts = 4_096;

/** A segment and how many of its bytes count. */
export interface SegmentExtent {
  readonly path: string;
  readonly acceptedBytes: number;
}

/** The segment being written and how many of its bytes are acknowledged. */
export type LivePosition = () => { readonly segment: number; readonly acceptedBytes: number };

/**
 * Knows where in the segments the entries are, learning it when asked: opening a journal of thousands of
 * segments reads none of them. `live` is the own writer's position; a reader beside a foreign host has none.
 */
export class SegmentCatalog {
  private readonly starts = new LruCache<number, SegmentStart>(maxCachedStarts);
  private readonly folder: string;
  private readonly live: LivePosition | null;

  constructor(folder: string, live: LivePosition | null) {
    this.folder = folder;
    this.live = live;
  }

  /** Segment numbers, ascending; not those of a host that fenced ours. */
  async list(): Promise<number[]> {
    const segments = await listSegments(this.folder);
    const own = this.live?.().segment;
    return own === undefined ? segments : segments.filter((segment) => segment <= own);
  }

  async start(segment: number): Promise<SegmentStart> {
    const known = this.starts.get(segment);
    if (known !== undefined) return known;
    const start = await readSegmentStart(this.folder, segment);
    // An empty segment may still be filled.
    if (start.first !== null) this.starts.set(segment, start);
    return start;
  }

  /** Where `segments[index]` ends for a reader: bytes after that were fenced by a later host or are not acknowledged. */
  async extent(segments: readonly number[], index: number): Promise<SegmentExtent> {
    const segment = segments[index] ?? 0;
    const path = join(this.folder, segmentName(segment));
    const live = this.live?.();
    if (live?.segment === segment) return { path, acceptedBytes: live.acceptedBytes };
    const size = await segmentSize(path);
    const claim = await this.authority(segments, index);
    if (claim === null) return { path, acceptedBytes: size };
    const accepted = claim.previous?.segment === segment ? claim.previous.acceptedBytes : 0;
    return { path, acceptedBytes: Math.min(accepted, size) };
  }

  /** Index of the last segment whose first entry is at or before `seq`; 0 if none is. */
  async indexFor(segments: readonly number[], seq: number): Promise<number> {
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const probe = await this.firstFilled(segments, middle, high);
      if (probe !== null && probe.firstSeq <= seq) low = probe.index;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The claim that says where `segments[index]` ends; null if it ends where its bytes do. A host that was fenced
   * before it was ready leaves a claim that the next host passed over; that one does not count.
   */
  private async authority(segments: readonly number[], index: number): Promise<HostClaim | null> {
    const last = segments.length - 1;
    let claimant = await this.firstFilled(segments, index + 1, last);
    while (claimant !== null) {
      const next = await this.firstFilled(segments, claimant.index + 1, last);
      const passedOver =
        next?.start.claim != null &&
        (next.start.claim.previous?.segment ?? 0) < (segments[claimant.index] ?? 0);
      if (!passedOver) return claimant.start.claim;
      claimant = next;
    }
    return null;
  }

  private async firstFilled(
    segments: readonly number[],
    from: number,
    to: number,
  ): Promise<FilledSegment | null> {
    for (let index = from; index <= to; index += 1) {
      const start = await this.start(segments[index] ?? 0);
      if (start.first !== null) return { index, firstSeq: start.first.seq, start };
    }
    return null;
  }
}

interface FilledSegment {
  readonly index: number;
  readonly firstSeq: number;
  readonly start: SegmentStart;
}
