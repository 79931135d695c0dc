/** A file's text, or the first line of it (from 1) that is none. */
export type DecodedText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly line: number };

const lineFeed = 0x0a;

/** Decodes strict UTF-8; a byte order mark is left out. Text with NUL characters is none. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const text = decode(bytes);
  return text === null ? { kind: "binary", line: firstBadLine(bytes) } : { kind: "text", text };
}

function decode(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The only thing it throws: not UTF-8.
    return null;
  }
}

function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(lineFeed, start);
    const next = end < 0 ? bytes.length : end + 1;
    if (decode(bytes.subarray(start, next)) === null) return line;
    start = next;
  }
  return line;
}
