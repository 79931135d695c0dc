import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { isFullDisk, syncFolder } from "../core/durable-file.ts";
import { messageOf, systemErrorCode } from "../core/host-error.ts";
import type { Entry, Head } from "../protocol/journal.ts";
import { type ChainLink, entryLine, linkedEntry, type PreparedEntry } from "./entry-line.ts";
import { isFinal, type JournalState, refusal } from "./journal-state.ts";
import { lineFeed, readRange } from "./read-range.ts";
import type { SegmentFile, SegmentFiles } from "./segment-files.ts";
import { segmentName } from "./segment-name.ts";
import { sha256Hex } from "./sha256.ts";

/** The last acknowledged entry, onto which the next is chained. */
export interface ChainEnd extends Head {
  readonly timeMs: number;
}

interface Batch {
  bytes: Buffer;
  entries: Entry[];
  end: ChainEnd;
}

/**
 * Owns the segment this host writes and the end of the chain. One `commit` at a time.
 *
 * Invariant (the fence): a new host first creates the next segment, then reads how long this one is. An entry is
 * acknowledged only if, after its fdatasync, the next segment did not exist yet. So every acknowledged entry was
 * readable before the new host looked, and lies inside the length that host accepts.
 */
export class ChainWriter {
  private state: JournalState = { kind: "open" };
  private end: ChainEnd;
  private file: SegmentFile;
  private segment: number;
  private offset = 0;
  private readonly folder: string;
  private readonly files: SegmentFiles;
  private readonly clock: Clock;
  private readonly segmentBytes: number;

  constructor(options: {
    folder: string;
    files: SegmentFiles;
    clock: Clock;
    segmentBytes: number;
    file: SegmentFile;
    segment: number;
    end: ChainEnd;
  }) {
    this.folder = options.folder;
    this.files = options.files;
    this.clock = options.clock;
    this.segmentBytes = options.segmentBytes;
    this.file = options.file;
    this.segment = options.segment;
    this.end = options.end;
  }

  get currentState(): JournalState {
    return this.state;
  }

  get head(): ChainEnd {
    return this.end;
  }

  /** The segment being written and how many of its bytes are acknowledged. */
  get position(): { segment: number; acceptedBytes: number } {
    return { segment: this.segment, acceptedBytes: this.offset };
  }

  /**
   * Writes entries as one batch and resolves when they are durable and this host was not fenced.
   *
   * @throws HostError `journal.full`, `journal.writeFailed`, `journal.fenced` or `journal.closed`; then none of
   * them was acknowledged and the chain ends where it did before.
   */
  async commit(prepared: readonly PreparedEntry[]): Promise<Entry[]> {
    if (isFinal(this.state)) throw refusal(this.state);
    const batch = this.chain(prepared);
    try {
      if (this.offset > 0 && this.offset + batch.bytes.length > this.segmentBytes) await this.roll();
      await this.file.write(batch.bytes, this.offset);
      await this.file.datasync();
    } catch (error) {
      await this.fail(error);
      throw refusal(this.state);
    }
    if (this.files.exists(this.pathOf(this.segment + 1))) {
      this.state = { kind: "fenced" };
      throw refusal(this.state);
    }
    this.offset += batch.bytes.length;
    this.end = batch.end;
    this.state = { kind: "open" };
    return batch.entries;
  }

  async close(): Promise<void> {
    if (this.state.kind === "closed") return;
    this.state = { kind: "closed" };
    await this.file.close();
  }

  private chain(prepared: readonly PreparedEntry[]): Batch {
    const timeMs = Math.max(this.end.timeMs, this.clock.now().getTime());
    const time = new Date(timeMs).toISOString();
    const entries: Entry[] = [];
    let text = "";
    let { seq, hash } = this.end;
    for (const each of prepared) {
      seq += 1;
      const link: ChainLink = { seq, time, prevHash: hash };
      const line = entryLine(each, link);
      hash = sha256Hex(line);
      text += `${line}\n`;
      entries.push(linkedEntry(each, link));
    }
    return { bytes: Buffer.from(text), entries, end: { seq, hash, timeMs } };
  }

  private async roll(): Promise<void> {
    const next = await this.files.create(this.pathOf(this.segment + 1));
    const full = this.file;
    // From here on the next segment is ours, also if what follows fails: it must not look like another host's.
    this.file = next;
    this.segment += 1;
    this.offset = 0;
    await syncFolder(this.folder);
    await full.close();
  }

  private async fail(error: unknown): Promise<void> {
    // Also before cutting back: a newer host may have accepted what this batch left behind.
    if (systemErrorCode(error) === "EEXIST" || this.files.exists(this.pathOf(this.segment + 1))) {
      this.state = { kind: "fenced" };
      return;
    }
    this.state = isFullDisk(error) ? await this.cutBack(error) : await this.stopWriting(error);
  }

  private async cutBack(error: unknown): Promise<JournalState> {
    try {
      await this.file.truncate(this.offset);
    } catch (truncateError) {
      return await this.stopWriting(truncateError);
    }
    return { kind: "read-only", reason: "full", message: `The disk is full (${messageOf(error)})` };
  }

  // After a failed fsync the kernel may have dropped the pages and forgotten; trying again would succeed falsely.
  private async stopWriting(error: unknown): Promise<JournalState> {
    const verdict = (await this.acknowledgedIsIntact())
      ? `all ${this.end.seq} acknowledged entries are intact`
      : "the acknowledged entries could not be read back";
    const message = `Writing the journal failed (${messageOf(error)}); ${verdict}`;
    return { kind: "read-only", reason: "write-failed", message };
  }

  private async acknowledgedIsIntact(): Promise<boolean> {
    if (this.offset === 0) return true;
    try {
      const bytes = await readRange(this.pathOf(this.segment), 0, this.offset);
      if (bytes.length !== this.offset || bytes.at(-1) !== lineFeed) return false;
      const start = bytes.lastIndexOf(lineFeed, bytes.length - 2) + 1;
      return sha256Hex(bytes.subarray(start, -1)) === this.end.hash;
    } catch {
      // The file cannot be read back; the message says so.
      return false;
    }
  }

  private pathOf(segment: number): string {
    return join(this.folder, segmentName(segment));
  }
}
