import { maxToolResultBytes } from "../protocol/conversation.ts";
import type { ToolOutput } from "./tool.ts";

/** What the model reads of a call that worked. Longer than may be, it is cut and says so. */
export function outputOf(text: string): ToolOutput {
  return { text: bounded(text), isError: false };
}

/** Why a call did not work, in words the model can act on. */
export function fault(reason: string): ToolOutput {
  return { text: bounded(reason), isError: true };
}

/** The longest beginning of `text` with at most `maxBytes` bytes of UTF-8 that ends between two characters. */
export function cutToBytes(text: string, maxBytes: number): string {
  // A UTF-16 unit never takes less than a byte.
  const start = text.length > maxBytes ? text.slice(0, maxBytes) : text;
  if (Buffer.byteLength(start) <= maxBytes) return withoutHalfCharacter(start);
  const bytes = Buffer.from(start).subarray(0, maxBytes);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}

function bounded(text: string): string {
  if (Buffer.byteLength(text) <= maxToolResultBytes) return text;
  const note = "\n[cut off here: the rest does not fit into one result]";
  return `${cutToBytes(text, maxToolResultBytes - note.length)}${note}`;
}

function withoutHalfCharacter(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, "");
}
