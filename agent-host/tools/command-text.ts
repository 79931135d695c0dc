import { maxToolResultBytes } from "../protocol/conversation.ts";
import type { CommandOutcome } from "../security/sandbox.ts";
import { cutToBytes, endInBytes } from "./tool-output.ts";

// Room for the lines around the output.
const maxShownBytes = maxToolResultBytes - 1_024;

/** How a command ended, in a few words. */
export function endingOf({ exitCode, ended, durationMs }: CommandOutcome, limitMs: number): string {
  const endings = {
    exited: exitCode === null ? "ended by a signal" : `exit code ${exitCode}`,
    timeout: `ended after ${limitMs} ms without being done`,
    notStarted: "could not be started",
  };
  return `${endings[ended]}, ${(durationMs / 1_000).toFixed(1)} s`;
}

export interface HeadAndTail {
  readonly text: string;
  readonly isCut: boolean;
}

/**
 * Beginning and end of an output, each up to a line's end where one is near. `where` says what stands between:
 * how many characters are left out, and at which character they begin.
 */
export function headAndTail(output: string, where: (left: number, from: number) => string): HeadAndTail {
  if (Buffer.byteLength(output) <= maxShownBytes) return { text: output, isCut: false };
  const head = toLineEnd(cutToBytes(output, maxShownBytes / 2));
  const tail = fromLineStart(endInBytes(output.slice(head.length), maxShownBytes / 2));
  const left = output.length - head.length - tail.length;
  return { text: `${head.trimEnd()}\n${where(left, head.length)}\n${tail}`, isCut: true };
}

function toLineEnd(text: string): string {
  const end = text.lastIndexOf("\n") + 1;
  return end > text.length / 2 ? text.slice(0, end) : text;
}

function fromLineStart(text: string): string {
  const start = text.indexOf("\n") + 1;
  return start > 0 && start < text.length / 2 ? text.slice(start) : text;
}
