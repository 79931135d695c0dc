/** A command line of a model. Not `simple`: only a shell can run it, and no rule can tell what it does. */
export interface ParsedCommandLine {
  readonly argv: readonly string[];
  readonly simple: boolean;
}

/** Longer lines are never simple: nobody reads them. */
const maxSimpleLength = 8_192;

/** Words that mean something to a shell where a command's name stands (POSIX XCU 2.4 and 2.14, and Bash's own). */
const shellWords: ReadonlySet<string> = new Set(
  (
    "! { } [[ ]] case coproc do done elif else esac fi for function if in select then time until while " +
    ". : alias bg bind break builtin caller cd command compgen complete continue declare dirs disown enable eval " +
    "exec exit export fc fg getopts hash help history jobs let local logout mapfile popd pushd read readarray " +
    "readonly return set shift shopt source suspend times trap type typeset ulimit umask unalias unset wait"
  ).split(" "),
);

/** Characters that a shell acts on where they are not quoted. */
const active = new Set("$`;&|<>(){}[]*?!");

/**
 * The arguments of one literal command, as a POSIX shell would split it; quotes and backslashes are understood. As
 * soon as a shell would do more than split (expand, substitute, redirect, chain, match files, assign, or run a word
 * of its own) the line is left to a shell whole: `sh -c`.
 */
export function parseCommandLine(text: string): ParsedCommandLine {
  const argv = splitSimple(text);
  if (argv === null) return { argv: ["sh", "-c", text], simple: false };
  return { argv, simple: true };
}

function splitSimple(text: string): string[] | null {
  if (text.length > maxSimpleLength || !isPlainText(text)) return null;
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (character === " " || character === "\t") {
      if (word !== null) words.push(word);
      word = null;
      at += 1;
      continue;
    }
    if (isActiveAtStart(character, word)) return null;
    const piece = readPiece(text, at);
    if (piece === null) return null;
    word = (word ?? "") + piece.text;
    at = piece.end;
  }
  if (word !== null) words.push(word);
  return isCommandName(words[0]) ? words : null;
}

/** A comment, or somebody's home: also behind `=` and `:`, where some shells look for one. */
function isActiveAtStart(character: string, before: string | null): boolean {
  if (character === "#") return before === null;
  return character === "~" && (before === null || /[=:]$/.test(before));
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

function readPiece(text: string, at: number): Piece | null {
  const character = text.charAt(at);
  if (character === "'") return readSingleQuoted(text, at + 1);
  if (character === '"') return readDoubleQuoted(text, at + 1);
  if (character === "\\") {
    const next = text.charAt(at + 1);
    return next === "" || next === "\n" ? null : { text: next, end: at + 2 };
  }
  return active.has(character) ? null : { text: character, end: at + 1 };
}

function readSingleQuoted(text: string, start: number): Piece | null {
  const close = text.indexOf("'", start);
  return close < 0 ? null : { text: text.slice(start, close), end: close + 1 };
}

/** Inside, a backslash counts only before what it takes the meaning from. */
function readDoubleQuoted(text: string, start: number): Piece | null {
  let content = "";
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { text: content, end: at + 1 };
    if (character === "$" || character === "`" || character === "!") return null;
    const next = text.charAt(at + 1);
    if (character === "\\" && '$`"\\'.includes(next) && next !== "") {
      content += next;
      at += 1;
    } else {
      content += character;
    }
  }
  return null;
}

/** No line breaks, control characters or what looks like nothing or like a space: a reader must see what runs. */
function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]|(?! )\p{Zs}/u.test(text.replaceAll("\t", " "));
}

function isCommandName(word: string | undefined): boolean {
  return word !== undefined && word !== "" && !word.includes("=") && !shellWords.has(word);
}
