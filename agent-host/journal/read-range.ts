import { openSegment } from "./open-segment.ts";

/** Code of LF, which ends every line. */
export const lineFeed = 10;

/** The bytes of a segment from `start` to `end` (exclusive); fewer when the file is shorter. */
export async function readRange(path: string, start: number, end: number): Promise<Buffer> {
  const file = await openSegment(path);
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, end - start));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

/** The LF-ended lines in `bytes`, without their LF, each with its offset there. What follows the last LF is left out. */
export function* completeLines(bytes: Buffer): Generator<{ offset: number; line: Buffer }> {
  let offset = 0;
  for (;;) {
    const end = bytes.indexOf(lineFeed, offset);
    if (end === -1) return;
    yield { offset, line: bytes.subarray(offset, end) };
    offset = end + 1;
  }
}
