import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../core/host-error.ts";

export type ReadResult =
  | { readonly kind: "text"; readonly text: string; readonly bytes: number }
  | { readonly kind: "skipped"; readonly reason: string };

const binaryProbeBytes = 8_192;

/**
 * Reads one file as UTF-8 text; bytes that are not UTF-8 become U+FFFD. Never blocks on a pipe or device, never
 * follows a link, never throws: what cannot be read comes back as a reason.
 */
export function readSource(root: string, path: string, maxBytes: number): ReadResult {
  let descriptor: number;
  try {
    // A pipe put in the file's place after the walk must not hang the analysis.
    descriptor = openSync(join(root, path), openFlags);
  } catch (error) {
    return skipped(`cannot be read (${systemErrorCode(error) ?? "unknown error"})`);
  }
  try {
    return readOpened(descriptor, maxBytes);
  } catch (error) {
    return skipped(`cannot be read (${systemErrorCode(error) ?? "unknown error"})`);
  } finally {
    closeSync(descriptor);
  }
}

// Windows has neither flag; there `undefined | 0` is plain O_RDONLY.
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

function readOpened(descriptor: number, maxBytes: number): ReadResult {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) return skipped("not a regular file");
  if (stat.size > maxBytes) return skipped(`larger than ${Math.round(maxBytes / 1_048_576)} MiB`);
  const buffer = Buffer.allocUnsafe(stat.size);
  let filled = 0;
  while (filled < stat.size) {
    const count = readSync(descriptor, buffer, filled, stat.size - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  const content = buffer.subarray(0, filled);
  if (content.subarray(0, binaryProbeBytes).includes(0)) return skipped("binary");
  const start = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0;
  return { kind: "text", text: content.toString("utf8", start), bytes: filled };
}

function skipped(reason: string): ReadResult {
  return { kind: "skipped", reason };
}
