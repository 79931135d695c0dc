/** Characters that a shell acts on where they are not quoted. */
const active = new Set("$`;&|<>(){}[]*?!");
const globbing = new Set("*?[]");

/** What one piece of a word stands for: the character behind a backslash, quoted text, or a plain character. */
export interface Piece {
  readonly text: string;
  readonly end: number;
  /** Not quoted and matched against names of files; its text is as it stands. */
  readonly isGlob: boolean;
}

/**
 * Reads the piece of a word that begins at `at`, as POSIX shells do (XCU 2.2); null where a shell would do more than
 * take it as it stands. `globs`: a pattern of names counts as a piece, and so does `$?`, which is a number (0 here).
 */
export function readPiece(text: string, at: number, { globs }: { globs: boolean }): Piece | null {
  const character = text.charAt(at);
  if (character === "'") return readSingleQuoted(text, at + 1);
  if (character === '"') return readDoubleQuoted(text, at + 1, { status: globs });
  if (character === "\\") {
    const next = text.charAt(at + 1);
    return next === "" || next === "\n" ? null : literal(next, at + 2);
  }
  if (globs && globbing.has(character)) return { text: character, end: at + 1, isGlob: true };
  if (globs && text.startsWith("$?", at)) return literal("0", at + 2);
  return active.has(character) ? null : literal(character, at + 1);
}

/** A comment, or somebody's home: also behind `=` and `:`, where some shells look for one. */
export function isActiveAtStart(character: string, before: string | null): boolean {
  if (character === "#") return before === null;
  return character === "~" && (before === null || /[=:]$/.test(before));
}

export interface Word {
  readonly text: string;
  readonly isGlob: boolean;
}

/** One whole word of a shell's line, its quotes taken off; null where it is dynamic, or no single word. */
export function readWord(source: string): Word | null {
  let word: string | null = null;
  let isGlob = false;
  for (let at = 0; at < source.length; ) {
    const character = source.charAt(at);
    if (/\s/.test(character) || isActiveAtStart(character, word)) return null;
    const piece = readPiece(source, at, { globs: true });
    if (piece === null) return null;
    word = (word ?? "") + piece.text;
    isGlob ||= piece.isGlob;
    at = piece.end;
  }
  return word === null ? null : { text: word, isGlob };
}

function readSingleQuoted(text: string, start: number): Piece | null {
  const close = text.indexOf("'", start);
  return close < 0 ? null : literal(text.slice(start, close), close + 1);
}

/** Inside, a backslash counts only before what it takes the meaning from. */
function readDoubleQuoted(text: string, start: number, { status }: { status: boolean }): Piece | null {
  let content = "";
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return literal(content, at + 1);
    const next = text.charAt(at + 1);
    if (status && character === "$" && next === "?") {
      content += "0";
      at += 1;
    } else if (character === "$" || character === "`" || character === "!") {
      return null;
    } else if (character === "\\" && next === "\n") {
      return null;
    } else if (character === "\\" && '$`"\\'.includes(next) && next !== "") {
      content += next;
      at += 1;
    } else {
      content += character;
    }
  }
  return null;
}

function literal(text: string, end: number): Piece {
  return { text, end, isGlob: false };
}
