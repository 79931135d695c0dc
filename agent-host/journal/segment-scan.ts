import type { FileHandle } from "node:fs/promises";
import { openSegment } from "./open-segment.ts";
import { lineFeed } from "./read-range.ts";

/** Bytes read at one time, while those before are checked. */
const blockBytes = 1_024 * 1_024;

/** Bytes decoded at one time: small enough for V8's young generation, where the text costs a quarter. */
const pieceBytes = 64 * 1_024;

/** No entry comes near this length; a file without line ends is not one long line. */
const maxLineBytes = 64 * 1_024;

/** A line where a scan stopped, with its number from 1 and its offset in the segment. */
export interface StoppedAt {
  readonly line: Buffer;
  readonly number: number;
  readonly offset: number;
}

export interface ScanResult {
  readonly stopped: StoppedAt | null;
  /** Bytes after the last LF, as far as the segment counts. */
  readonly leftOver: number;
  readonly lines: number;
}

/** Looks at one line, given also in Latin-1: one character for each byte. True stops the scan. */
export type TakeLine = (line: Buffer, text: string, number: number) => boolean;

/**
 * Streams the lines in the first `end` bytes of a file. A line over 64 KiB stops it, too; that many bytes without
 * any line end after them are left over.
 */
export async function scanSegment(
  path: string,
  end: number,
  take: TakeLine,
  signal: AbortSignal,
): Promise<ScanResult> {
  const file = await openSegment(path);
  const scan = new LineScan(take);
  const blocks = new BlockReader(file, end);
  try {
    for (let block = await blocks.next(0); block.length > 0; block = await blocks.next(scan.kept)) {
      signal.throwIfAborted();
      scan.feed(block);
      if (scan.stopped !== null) break;
    }
    return { stopped: scan.stopped, leftOver: scan.leftOver, lines: scan.lines };
  } finally {
    await blocks.settled();
    await file.close();
  }
}

/** Reads a file block by block, one ahead. Before each block there is room for what the last one left over. */
class BlockReader {
  private readonly file: FileHandle;
  private readonly end: number;
  private readonly buffers: [Buffer, Buffer];
  private position = 0;
  private ahead: Promise<number>;

  constructor(file: FileHandle, end: number) {
    this.file = file;
    this.end = end;
    const size = maxLineBytes + Math.min(blockBytes, end);
    this.buffers = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
    this.ahead = this.read();
  }

  /** The last `kept` bytes of the block before, and the next block; empty at the end. */
  async next(kept: number): Promise<Buffer> {
    const bytesRead = await this.ahead;
    if (bytesRead === 0) return Buffer.alloc(0);
    const [filled, before] = this.buffers;
    before.copy(filled, maxLineBytes - kept, this.lastEnd - kept, this.lastEnd);
    this.lastEnd = maxLineBytes + bytesRead;
    this.position += bytesRead;
    this.buffers.reverse();
    this.ahead = this.read();
    return filled.subarray(maxLineBytes - kept, this.lastEnd);
  }

  /** Resolves when no read is under way. */
  async settled(): Promise<void> {
    await this.ahead.catch(() => 0);
  }

  private lastEnd = maxLineBytes;

  private async read(): Promise<number> {
    const wanted = Math.min(blockBytes, this.end - this.position);
    if (wanted === 0) return 0;
    return (await this.file.read(this.buffers[0], maxLineBytes, wanted, this.position)).bytesRead;
  }
}

/** Cuts blocks into lines. */
class LineScan {
  stopped: StoppedAt | null = null;
  lines = 0;
  /** Bytes at the end of the last block that belong to a line of the next. */
  kept = 0;
  private tooLong: { readonly start: Buffer; bytes: number } | null = null;
  private offset = 0;
  private readonly take: TakeLine;

  constructor(take: TakeLine) {
    this.take = take;
  }

  /** Bytes without an LF after them, so far. */
  get leftOver(): number {
    return this.kept + (this.tooLong?.bytes ?? 0);
  }

  feed(block: Buffer): void {
    const used = this.tooLong === null ? this.feedLines(block) : 0;
    const rest = block.subarray(used);
    this.kept = 0;
    if (this.stopped !== null) return;
    if (this.tooLong === null && rest.length <= maxLineBytes) this.kept = rest.length;
    else this.feedTooLong(rest);
  }

  private feedTooLong(bytes: Buffer): void {
    this.tooLong ??= { start: Buffer.from(bytes.subarray(0, maxLineBytes)), bytes: 0 };
    this.tooLong.bytes += bytes.length;
    if (bytes.includes(lineFeed)) this.stop(this.tooLong.start, this.lines + 1, 0);
  }

  private feedLines(block: Buffer): number {
    let start = 0;
    while (this.stopped === null && start < block.length) {
      const used = this.feedPiece(block.subarray(start, start + pieceBytes));
      if (used === 0) break;
      start += used;
    }
    return start;
  }

  private feedPiece(piece: Buffer): number {
    const text = piece.toString("latin1");
    let start = 0;
    for (let stop = piece.indexOf(lineFeed); stop !== -1; stop = piece.indexOf(lineFeed, start)) {
      this.lines += 1;
      const line = piece.subarray(start, stop);
      if (this.take(line, text.slice(start, stop), this.lines)) {
        this.stop(line, this.lines, start);
        return start;
      }
      start = stop + 1;
    }
    this.offset += start;
    return start;
  }

  private stop(line: Buffer, number: number, start: number): void {
    this.stopped = { line: Buffer.from(line), number, offset: this.offset + start };
  }
}
