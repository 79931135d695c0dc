import { badCallMark, maxToolResultBytes } from "../protocol/conversation.ts";
import type { ToolOutput } from "./tool.ts";

/** Longest `ToolOutput.full`, in UTF-16 units. */
export const maxFullCharacters = 1_024 * 1_024;

/** What the model reads of a call that worked. Longer than may be, it is cut and says so. */
export function outputOf(text: string): ToolOutput {
  return { text: bounded(text), isError: false };
}

/** Why a call did not work, in words the model can act on. */
export function fault(reason: string): ToolOutput {
  return { text: bounded(reason), isError: true };
}

/** `fault` for input that makes no sense whatever the files hold; the agent loop counts these. */
export function badCall(reason: string): ToolOutput {
  return fault(`${badCallMark}${reason}`);
}

/** The longest beginning of `text` with at most `maxBytes` bytes of UTF-8 that ends between two characters. */
export function cutToBytes(text: string, maxBytes: number): string {
  // A UTF-16 unit never takes less than a byte.
  const start = text.length > maxBytes ? text.slice(0, maxBytes) : text;
  if (Buffer.byteLength(start) <= maxBytes) return withoutHalfCharacter(start);
  const bytes = Buffer.from(start).subarray(0, maxBytes);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}

/** The longest end of `text` with at most `maxBytes` bytes of UTF-8 that begins between two characters. */
export function endInBytes(text: string, maxBytes: number): string {
  const end = text.length > maxBytes ? text.slice(text.length - maxBytes) : text;
  const bytes = Buffer.from(end.replace(/^[\uDC00-\uDFFF]/, ""));
  let from = Math.max(0, bytes.length - maxBytes);
  // Bytes 10xxxxxx go on with a character.
  while (from < bytes.length && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return bytes.subarray(from).toString("utf8");
}

function bounded(text: string): string {
  if (Buffer.byteLength(text) <= maxToolResultBytes) return text;
  const note = "\n[cut off here: the rest does not fit into one result]";
  return `${cutToBytes(text, maxToolResultBytes - note.length)}${note}`;
}

function withoutHalfCharacter(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, "");
}
