export interface JsonPlace {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
}

/**
 * Where a text stops being JSON (RFC 8259). The messages of `JSON.parse` tell that only sometimes, and in words that
 * differ between versions. Only for texts that `JSON.parse` has refused.
 */
export function placeOfJsonError(text: string): JsonPlace {
  return placeAt(text, offsetOfError(text));
}

// Punctuation, a string, or a number or word.
const tokens =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings hold none
  /[ \t\r\n]*(?:[{}[\],:]|"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

// What may come next. States: value, valueOrEnd (after `[`), keyOrEnd (after `{`), key, colon, commaOrEnd, end.
type Expected = "value" | "valueOrEnd" | "keyOrEnd" | "key" | "colon" | "commaOrEnd" | "end";

function offsetOfError(text: string): number {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  let offset = 0;
  for (;;) {
    tokens.lastIndex = offset;
    const match = tokens.exec(text);
    if (match === null) return skipSpace(text, offset);
    const token = match[0].replace(/^[ \t\r\n]+/, "");
    const next = advance(token, expected, open);
    if (next === null) return offset + match[0].length - token.length;
    expected = next;
    offset += match[0].length;
  }
}

function advance(token: string, expected: Expected, open: ("{" | "[")[]): Expected | null {
  const after = (): Expected => (open.length === 0 ? "end" : "commaOrEnd");
  if (token === "}" || token === "]") {
    const mayEnd = expected === "commaOrEnd" || expected === (token === "}" ? "keyOrEnd" : "valueOrEnd");
    if (!mayEnd || open.at(-1) !== (token === "}" ? "{" : "[")) return null;
    open.pop();
    return after();
  }
  if (token === ",") return expected !== "commaOrEnd" ? null : open.at(-1) === "{" ? "key" : "value";
  if (token === ":") return expected === "colon" ? "value" : null;
  if (expected === "key" || expected === "keyOrEnd") return token.startsWith('"') ? "colon" : null;
  if (expected !== "value" && expected !== "valueOrEnd") return null;
  if (token !== "{" && token !== "[") return after();
  open.push(token);
  return token === "{" ? "keyOrEnd" : "valueOrEnd";
}

function skipSpace(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at += 1;
  return at;
}

function placeAt(text: string, offset: number): JsonPlace {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
