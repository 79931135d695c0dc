import { type FileHandle, open } from "node:fs/promises";
import { lineFeed } from "./read-range.ts";
import type { SegmentPlan } from "./segment-plan.ts";

const chunkBytes = 1_024 * 1_024;

/** A line where a scan stopped, and the offset in its segment. */
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

/**
 * Streams the lines of a segment up to `end` bytes through `take` until it returns true. `text` is the line in
 * Latin-1. A line over 1 MiB stops the scan too: none is that long.
 */
export async function scanSegment(
  plan: SegmentPlan,
  end: number,
  take: (line: Buffer, text: string, number: number) => boolean,
  signal: AbortSignal,
): Promise<ScanResult> {
  const file = await open(plan.path, "r");
  try {
    return await scanFile(file, end, take, signal);
  } finally {
    await file.close();
  }
}

async function scanFile(
  file: FileHandle,
  end: number,
  take: (line: Buffer, text: string, number: number) => boolean,
  signal: AbortSignal,
): Promise<ScanResult> {
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, end)));
  let position = 0;
  let kept = 0;
  let lines = 0;
  for (;;) {
    signal.throwIfAborted();
    const wanted = Math.min(buffer.length - kept, end - position - kept);
    const { bytesRead } = await file.read(buffer, kept, wanted, position + kept);
    const filled = kept + bytesRead;
    const chunk = buffer.subarray(0, filled);
    const text = chunk.toString("latin1");
    let start = 0;
    for (let stop = chunk.indexOf(lineFeed); stop !== -1; stop = chunk.indexOf(lineFeed, start)) {
      lines += 1;
      const line = chunk.subarray(start, stop);
      if (take(line, text.slice(start, stop), lines)) {
        return {
          stopped: { line: Buffer.from(line), number: lines, offset: position + start },
          leftOver: 0,
          lines,
        };
      }
      start = stop + 1;
    }
    position += start;
    kept = filled - start;
    if (bytesRead === 0 || position + kept >= end) return { stopped: null, leftOver: kept, lines };
    if (kept === buffer.length) return tooLong(chunk, position, lines + 1);
    buffer.copyWithin(0, start, filled);
  }
}

function tooLong(line: Buffer, offset: number, number: number): ScanResult {
  return { stopped: { line, number, offset }, leftOver: 0, lines: number };
}
