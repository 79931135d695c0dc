import { explainMissing } from "../near-miss.ts";
import { type Hunk, newLinesOf, oldLinesOf } from "./file-patch.ts";
import { type LinePlace, LineSeeker } from "./line-seeker.ts";

export type PatchedText =
  | { readonly kind: "patched"; readonly text: string }
  | { readonly kind: "fault"; readonly reason: string };

interface Line {
  readonly text: string;
  /** LF, CRLF, or empty at the end of the file; null: a new line, which ends as the others do. */
  readonly end: string | null;
}

/**
 * Makes the changes of hunks, in order. The lines they remove or keep must stand in the text as they are, but for
 * blanks at their ends; line numbers are only a hint. Lines that are kept stay byte for byte, new ones get the line
 * ends of the text. Nothing is guessed: lines found in two places are a fault.
 */
export function applyHunks(text: string, hunks: readonly Hunk[]): PatchedText {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const lines = linesOf(text.slice(mark.length));
  const seeker = new LineSeeker(lines.map((line) => line.text));
  const result: Line[] = [];
  let cursor = 0;
  let moved = 0;
  for (const [at, hunk] of hunks.entries()) {
    const place = seeker.find(hunk, { cursor, moved });
    if (place.kind !== "found") {
      const which = hunks.length === 1 ? "the hunk" : `hunk ${at + 1} of ${hunks.length}`;
      return { kind: "fault", reason: `${which}${numberOf(hunk)} ${whyNot(place, hunk, text)}` };
    }
    result.push(...lines.slice(cursor, place.from), ...patched(lines, hunk, place.from));
    cursor = place.from + oldLinesOf(hunk).length;
    if (hunk.startLine !== null && place.expected !== null) moved += place.from - place.expected;
  }
  result.push(...lines.slice(cursor));
  const keepsOpenEnd = lines.at(-1)?.end === "" && hunks.every(({ startLine }) => startLine === null);
  return { kind: "patched", text: mark + joined(result, endOf(lines), keepsOpenEnd) };
}

function linesOf(text: string): Line[] {
  const found = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return found.map((whole) => {
    const end = whole.endsWith("\r\n") ? "\r\n" : whole.endsWith("\n") ? "\n" : "";
    return { text: whole.slice(0, whole.length - end.length), end };
  });
}

// Most lines decide: a file with mixed ends is not made worse.
function endOf(lines: readonly Line[]): string {
  const crlf = lines.filter(({ end }) => end === "\r\n").length;
  return crlf * 2 > lines.length ? "\r\n" : "\n";
}

function patched(lines: readonly Line[], { lines: body }: Hunk, from: number): Line[] {
  const result: Line[] = [];
  let at = from;
  for (const { kind, text, hasNoEnd } of body) {
    const own = lines[at];
    if (kind !== "add") at += 1;
    if (kind === "add") result.push({ text, end: hasNoEnd ? "" : null });
    else if (kind === "keep" && own !== undefined) result.push(own);
  }
  return result;
}

function joined(lines: readonly Line[], lineEnd: string, keepsOpenEnd: boolean): string {
  const last = lines.length - 1;
  const ends = lines.map(({ end }, at) => {
    if (at < last) return end === null || end === "" ? lineEnd : end;
    return keepsOpenEnd ? "" : (end ?? lineEnd);
  });
  return lines.map(({ text }, at) => `${text}${ends[at]}`).join("");
}

function numberOf({ startLine }: Hunk): string {
  return startLine === null ? "" : ` (at line ${startLine})`;
}

function whyNot(place: Exclude<LinePlace, { kind: "found" }>, hunk: Hunk, text: string): string {
  if (place.kind === "tooRepetitive") return "has too many places where it might belong; give more context";
  if (place.kind === "noHeading") {
    return `names a line that does not stand in the file: ${JSON.stringify(place.heading)}${place.near}`;
  }
  if (place.kind === "several") {
    const lines = place.lines.join(", ");
    return `fits in several places (lines ${lines}); give more lines around it, or a line of its function behind @@`;
  }
  const piece = oldLinesOf(hunk).join("\n");
  return `does not fit: ${explainMissing(text, piece, newLinesOf(hunk).join("\n"))}`;
}
