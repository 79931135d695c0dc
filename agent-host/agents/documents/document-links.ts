import type { DocumentLine } from "./markdown-outline.ts";

/** A link or image of a document, as written. */
export interface DocumentLink {
  readonly target: string;
  readonly line: number;
  /** 1-based column of the target. */
  readonly column: number;
}

const inline =
  /\]\(\s{0,3}<?([^\s()<>]{0,1000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,200})?)>?(?:\s{1,3}(?:"[^"]{0,500}"|'[^']{0,500}'))?\s{0,3}\)/g;
const definition = /^ {0,3}\[(?!\^)[^\]]{1,200}\]:\s+<?([^\s<>]+)>?/g;
const attribute = /<(?:a|img|source|video)\b[^>]{0,500}?\s(?:href|src)\s*=\s*["']([^"'\s]+)["']/gi;

/** The links of one line that is not in a code block; those in code spans don't count. */
export function linksIn(line: DocumentLine): DocumentLink[] {
  if (line.fence !== undefined || line.text.length > 5_000) return [];
  // Blanked, not cut, so that columns stay right.
  const text = line.text.replaceAll(/(`+)[^`]+\1/g, (code) => " ".repeat(code.length));
  if (/^(?: {4}|\t)/.test(text)) return [];
  return [inline, definition, attribute].flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const target = match[1] ?? "";
      return target === ""
        ? []
        : [{ target, line: line.number, column: match.index + match[0].lastIndexOf(target) + 1 }];
    }),
  );
}
