import { linesLike } from "./lines-like.ts";

const maxShownCharacters = 200;

/**
 * Why a piece of text does not stand in a file although someone thought so, and where it nearly does: in words for the
 * model that wrote it. `replacement`: what should have come in its place.
 */
export function explainMissing(text: string, piece: string, replacement: string): string {
  const done = placeIfOnce(text, replacement);
  if (done !== null && replacement.trim().length >= 4) {
    return `the text is not there, but the new text already is, on line ${done}: this change may be made already`;
  }
  for (const { say, change } of disguises) {
    const changed = change(piece);
    if (changed === piece) continue;
    const line = placeIfOnce(text, changed);
    if (line !== null) return `${say} (line ${line})`;
  }
  const line = lineUnder(text, piece, sameWords);
  if (line !== null)
    return `line ${line} on is the same but for quotes, dashes or blanks that only look alike. ${copyIt}`;
  const nearest = linesLike(text, piece);
  if (nearest === null)
    return `nothing in the file is like it. Look for it with search_text, or read the file`;
  const difference = firstDifference(nearest.text, piece);
  const where =
    nearest.from === nearest.to ? `line ${nearest.from}` : `lines ${nearest.from} to ${nearest.to}`;
  return `the nearest is ${where}:\n${nearest.text}\n${difference}${copyIt}`;
}

const copyIt = "Copy the text exactly as the file has it";

interface Disguise {
  readonly say: string;
  change(piece: string): string;
}

/** What models do to text that they have read. */
const disguises: readonly Disguise[] = [
  {
    say: "the text is there without the line numbers in front of its lines; leave them out",
    change: (piece) =>
      eachLine(piece, (line) => line.replace(/^[ \t]{0,12}\d{1,8}(?:\t|: |\u2192| \| ?)/, "")),
  },
  {
    say: 'the text is there, but with real line ends and quotes where yours has \\n, \\t or \\" as characters',
    change: (piece) =>
      piece.replaceAll(/\\([nt"'\\])/g, (_, letter: string) => ({ n: "\n", t: "\t" })[letter] ?? letter),
  },
  {
    say: "the text is there, but without the blanks at the ends of its lines",
    change: (piece) => eachLine(piece, (line) => line.trimEnd()),
  },
  {
    say: "the text is there, but without the empty lines around it or the blanks at its end",
    change: withoutEmptyLinesAround,
  },
  {
    say: "the text is there, but with <, > or & where yours has &lt;, &gt; or &amp;",
    change: (piece) => piece.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
  },
];

// No expression looks for blanks at an end: on a long row of them it would start anew at each.
function eachLine(piece: string, change: (line: string) => string): string {
  return piece.split("\n").map(change).join("\n");
}

function withoutEmptyLinesAround(piece: string): string {
  const lines = piece.trimEnd().split("\n");
  return lines
    .slice(
      Math.max(
        0,
        lines.findIndex((line) => line.trim() !== ""),
      ),
    )
    .join("\n");
}

/** 1-based line of the one place where a piece stands; null: nowhere, or in several places. */
function placeIfOnce(text: string, piece: string): number | null {
  if (piece.trim() === "") return null;
  const at = text.indexOf(piece);
  if (at === -1 || text.includes(piece, at + 1)) return null;
  return lineAt(text, at);
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

// Above this the comparison would hold everything else up.
const maxComparedCharacters = 2_000_000;

/** The line on which a piece begins once both are changed in the same way, line by line. */
function lineUnder(text: string, piece: string, change: (text: string) => string): number | null {
  if (text.length > maxComparedCharacters) return null;
  return placeIfOnce(change(text), change(piece));
}

function sameWords(text: string): string {
  return text
    .replaceAll(/[\u2018\u2019\u201A\u2032`]/g, "'")
    .replaceAll(/[\u201C\u201D\u201E\u2033]/g, '"')
    .replaceAll(/[\u2010-\u2015\u2212]/g, "-")
    .replaceAll(/[\u00A0\u2000-\u200A\u202F\u3000]/g, " ")
    .replaceAll(/[\u200B-\u200D\u2060\uFEFF\r]/g, "");
}

/** The first line that is not as the file has it, and what kind of difference it is. */
function firstDifference(found: string, piece: string): string {
  const own = found.split("\n");
  const given = piece
    .replace(/^\s*\n/, "")
    .trimEnd()
    .split("\n");
  const at = given.findIndex((line, index) => line.trimEnd() !== (own[index] ?? "").trimEnd());
  if (at === -1) return "";
  const [file = "", yours = ""] = [own[at]?.replace(/\r$/, ""), given[at]];
  return `${kindOf(file, yours)}: the file has\n  ${shown(file)}\nand yours\n  ${shown(yours)}\n`;
}

function kindOf(file: string, yours: string): string {
  if (file.trim() === yours.trim()) return `The indentation differs${tabs(file, yours)}`;
  if (file.replaceAll(/\s+/g, "") === yours.replaceAll(/\s+/g, "")) return "Blanks differ";
  if (file.toLowerCase() === yours.toLowerCase()) return "Capitals differ";
  if (file.replaceAll(/['"`]/g, '"') === yours.replaceAll(/['"`]/g, '"')) return "Quotes differ";
  return "The first difference";
}

function tabs(file: string, yours: string): string {
  const has = (line: string): boolean => /^\s*\t/.test(line);
  if (has(file) === has(yours)) return "";
  return has(file) ? " (the file has tabs, yours spaces)" : " (the file has spaces, yours tabs)";
}

// As JSON, for blanks and tabs to be seen.
function shown(line: string): string {
  return JSON.stringify(line.slice(0, maxShownCharacters));
}
