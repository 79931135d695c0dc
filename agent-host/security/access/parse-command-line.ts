import { hasHidden } from "../../protocol/visible.ts";
import { isActiveAtStart, readPiece } from "../shell/shell-word.ts";

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
    const piece = readPiece(text, at, { globs: false });
    if (piece === null) return null;
    word = (word ?? "") + piece.text;
    at = piece.end;
  }
  if (word !== null) words.push(word);
  return isCommandName(words[0]) ? words : null;
}

/** No line breaks, control characters or what looks like nothing or like a space: a reader must see what runs. */
function isPlainText(text: string): boolean {
  return !/[\n\f\r]|(?! )\p{Zs}/u.test(text) && !/\p{Cf}/u.test(text) && !hasHidden(text);
}

function isCommandName(word: string | undefined): boolean {
  return word !== undefined && word !== "" && !word.includes("=") && !shellWords.has(word);
}
