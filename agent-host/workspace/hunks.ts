import type { Hunk } from "../protocol/change-set.ts";
import { restBetween } from "./give-way.ts";

const maxTextBytes = 200_000;
const newLine = 10;
const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** The hunks of one file's unified diff (as git writes it; lines end with LF alone). */
export async function parseHunks(diff: Buffer, signal: AbortSignal): Promise<Hunk[]> {
  const rest = restBetween(signal);
  const hunks: Hunk[] = [];
  for (let at = startOfHunks(diff); at < diff.length; ) {
    const end = endOfLine(diff, at);
    const range = rangeIn(diff.toString("latin1", at, Math.min(end, at + 200)));
    if (range === null) break;
    const bodyEnd = await endOfBody(diff, { start: end, range }, rest);
    const textEnd =
      bodyEnd - end <= maxTextBytes ? bodyEnd : diff.lastIndexOf(newLine, end + maxTextBytes) + 1;
    hunks.push({ index: hunks.length, ...range, text: diff.toString("utf8", end, Math.max(end, textEnd)) });
    at = bodyEnd;
  }
  return hunks;
}

/** `after` with these hunks as they are in `before`. */
export function withoutHunks(before: Buffer, after: Buffer, dropped: readonly Hunk[]): Buffer {
  const [old, now] = [lineStarts(before), lineStarts(after)];
  const parts: Buffer[] = [];
  let done = 0;
  for (const hunk of dropped.toSorted((a, b) => a.index - b.index)) {
    const there = placeOf(now, hunk.afterStart, hunk.afterLines);
    const here = placeOf(old, hunk.beforeStart, hunk.beforeLines);
    parts.push(after.subarray(done, there.start), before.subarray(here.start, here.end));
    done = there.end;
  }
  return Buffer.concat([...parts, after.subarray(done)]);
}

type Range = Pick<Hunk, "beforeStart" | "beforeLines" | "afterStart" | "afterLines">;

function startOfHunks(diff: Buffer): number {
  if (diff.subarray(0, 3).toString("latin1") === "@@ ") return 0;
  const start = diff.indexOf("\n@@ ");
  return start === -1 ? diff.length : start + 1;
}

function rangeIn(line: string): Range | null {
  const [found, beforeStart, beforeLines = "1", afterStart, afterLines = "1"] = header.exec(line) ?? [];
  if (found === undefined) return null;
  return {
    beforeStart: Number(beforeStart),
    beforeLines: Number(beforeLines),
    afterStart: Number(afterStart),
    afterLines: Number(afterLines),
  };
}

/** A line of the content may look like a header: only counting tells where a hunk ends. */
async function endOfBody(
  diff: Buffer,
  { start, range }: { start: number; range: Range },
  rest: () => Promise<void>,
): Promise<number> {
  let { beforeLines, afterLines } = range;
  let at = start;
  for (let count = 1; at < diff.length; count += 1) {
    const mark = String.fromCharCode(diff[at] ?? 0);
    // "\ No newline at end of file" belongs to the line before it.
    if (beforeLines + afterLines === 0 && mark !== "\\") break;
    if (mark === " " || mark === "-") beforeLines -= 1;
    if (mark === " " || mark === "+") afterLines -= 1;
    at = endOfLine(diff, at);
    if (count % 2_048 === 0) await rest();
  }
  return at;
}

function endOfLine(text: Buffer, start: number): number {
  const end = text.indexOf(newLine, start);
  return end === -1 ? text.length : end + 1;
}

/** Where each line starts; one more for the end of the text. */
function lineStarts(text: Buffer): number[] {
  const starts = [0];
  for (let at = 0; at < text.length; ) {
    at = endOfLine(text, at);
    starts.push(at);
  }
  return starts;
}

/** A side without lines names the line it stands after. */
function placeOf(starts: readonly number[], first: number, lines: number): { start: number; end: number } {
  const from = lines === 0 ? first : first - 1;
  const last = starts.at(-1) ?? 0;
  return { start: starts[from] ?? last, end: starts[from + lines] ?? last };
}
