/** One `"key": value` of a JSON text, with offsets. */
export interface JsonEntry {
  /** Keys from the root, joined by `\0`. Array positions are not part of it. */
  readonly path: string;
  readonly keyFrom: number;
  readonly valueTo: number;
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;
const maxDepth = 200;

/**
 * Where the entries of a JSON text stand. Reads tokens only, so it also works on texts that are not quite JSON;
 * values are the parser's business.
 */
export function jsonEntries(text: string): JsonEntry[] {
  const entries: JsonEntry[] = [];
  const path: string[] = [];
  let last: { text: string; from: number; to: number } | undefined;
  let key: { text: string; from: number; to: number } | undefined;
  for (const match of text.matchAll(token)) {
    const at = match.index;
    const word = match[0];
    if (word === ":") key = last;
    else if (word === "{" || word === "[") {
      if (path.length >= maxDepth) break;
      if (key !== undefined)
        entries.push({ path: [...path, key.text].join("\0"), keyFrom: key.from, valueTo: at + 1 });
      path.push(key?.text ?? "");
      key = undefined;
    } else if (word === "}" || word === "]") path.pop();
    else if (word === ",") key = undefined;
    else {
      last = { text: unquote(word), from: at, to: at + word.length };
      if (key === undefined) continue;
      entries.push({ path: [...path, key.text].join("\0"), keyFrom: key.from, valueTo: last.to });
      key = undefined;
    }
  }
  return entries;
}

function unquote(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    // Control characters inside; as written is good enough to find it by.
    return literal.slice(1, -1);
  }
}
