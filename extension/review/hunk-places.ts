import { createHash } from "node:crypto";
import type { Hunk } from "../../agent-host/protocol/change-set.ts";
import type { MethodResult } from "../../agent-host/protocol/methods.ts";
import type { Side } from "./change-uri.ts";

export type FileChange = MethodResult<"change/file">;

/** Lines of one side, 0-based, first and last. Where the side has none: the line they would stand before, twice. */
export interface LineSpan {
  readonly first: number;
  readonly last: number;
  readonly isEmpty: boolean;
}

/** One part of a file that is kept or discarded as a whole. */
export interface HunkPlace {
  /** As the host counts; null: the whole file, which cannot be taken apart. */
  readonly index: number | null;
  /** The same for the same words at the same file, also after other parts were discarded. */
  readonly key: string;
  readonly added: number;
  readonly removed: number;
  readonly spans: Readonly<Record<Side, LineSpan>>;
}

/** Where the parts of a file stand, without its text. */
export interface FilePlaces {
  readonly tree: string;
  readonly hunks: readonly HunkPlace[];
}

/** The parts of a file's change. A file without hunks is one part. Pure. */
export function placesOf(path: string, change: FileChange): FilePlaces {
  const { tree, hunks } = change;
  if (hunks.length === 0) return { tree, hunks: [wholeFile(path, tree)] };
  const seen = new Map<string, number>();
  const places = hunks.map((hunk) => {
    const place = placeOf(path, hunk);
    const before = seen.get(place.key) ?? 0;
    seen.set(place.key, before + 1);
    return before === 0 ? place : { ...place, key: keyOf(place.key, String(before)) };
  });
  return { tree, hunks: places };
}

/** The part at a 0-based line of a side; undefined between parts. Pure. */
export function hunkAt({ hunks }: FilePlaces, side: Side, line: number): HunkPlace | undefined {
  return hunks.find(({ spans }) => {
    const { first, last, isEmpty } = spans[side];
    return line >= first - (isEmpty ? 1 : 0) && line <= last;
  });
}

/** Nothing tells its content: looked at once is looked at for this tree alone. */
function wholeFile(path: string, tree: string): HunkPlace {
  const nowhere = { first: 0, last: 0, isEmpty: false };
  const spans = { before: nowhere, after: nowhere };
  return { index: null, key: keyOf(path, tree), added: 0, removed: 0, spans };
}

function placeOf(path: string, hunk: Hunk): HunkPlace {
  const before = new SpanFinder(hunk.beforeStart, hunk.beforeLines);
  const after = new SpanFinder(hunk.afterStart, hunk.afterLines);
  for (const line of hunk.text.split("\n")) {
    const [sign] = line;
    if (sign === "-") {
      before.take();
      after.touch();
    } else if (sign === "+") {
      after.take();
      before.touch();
    } else if (sign === " ") {
      before.pass();
      after.pass();
    }
  }
  return {
    index: hunk.index,
    key: keyOf(path, String(hunk.beforeLines), String(hunk.afterLines), hunk.text),
    added: after.taken,
    removed: before.taken,
    spans: { before: before.span(), after: after.span() },
  };
}

/** Follows one side of a hunk, line by line. */
class SpanFinder {
  taken = 0;
  private line: number;
  private first: number | undefined;
  private last: number | undefined;
  private touched: number | undefined;

  constructor(start: number, lines: number) {
    // A side without lines names the line before it (as unified diffs do).
    this.line = lines === 0 ? start : Math.max(0, start - 1);
  }

  pass(): void {
    this.line += 1;
  }

  /** The line here belongs to the change. */
  take(): void {
    this.first ??= this.line;
    this.last = this.line;
    this.taken += 1;
    this.line += 1;
  }

  /** The other side changes here. */
  touch(): void {
    this.touched ??= this.line;
  }

  span(): LineSpan {
    if (this.first !== undefined && this.last !== undefined) {
      return { first: this.first, last: this.last, isEmpty: false };
    }
    const line = this.touched ?? this.line;
    return { first: line, last: line, isEmpty: true };
  }
}

function keyOf(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 20);
}
