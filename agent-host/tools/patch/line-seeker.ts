import { type Hunk, oldLinesOf } from "./file-patch.ts";

export type LinePlace =
  /** `from`: index of its first line. `expected`: where its line number put it. */
  | { readonly kind: "found"; readonly from: number; readonly expected: number | null }
  | { readonly kind: "missing" }
  /** Their line numbers, the first few. */
  | { readonly kind: "several"; readonly lines: readonly number[] }
  | { readonly kind: "noHeading"; readonly heading: string; readonly near: string }
  | { readonly kind: "tooRepetitive" };

const maxShownPlaces = 5;

// Lines that all look alike could be compared for ever.
const maxComparisons = 5_000_000;

/** Finds where a hunk belongs. */
export class LineSeeker {
  private readonly lines: readonly string[];
  private trimmed: readonly string[] | null = null;
  private comparisons = 0;

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  /** `cursor`: first line that no hunk before has used. `moved`: how far those before stood from their numbers. */
  find(hunk: Hunk, { cursor, moved }: { cursor: number; moved: number }): LinePlace {
    let from = cursor;
    for (const heading of hunk.headings) {
      const at = this.headingAt(heading, from);
      if (at === -1) return { kind: "noHeading", heading, near: this.nearHeading(heading) };
      from = at + 1;
    }
    const old = oldLinesOf(hunk);
    if (old.length === 0) return this.insertion(hunk, from, moved);
    const expected = hunk.startLine === null ? null : hunk.startLine - 1 + moved;
    const start = this.startWithHeading(hunk, old, from, cursor);
    for (const isTrimmed of [false, true]) {
      const places = this.places(old, start, isTrimmed);
      if (places === null) return { kind: "tooRepetitive" };
      const place = this.choose(places, hunk, expected, old.length);
      if (place !== null) return place;
    }
    return { kind: "missing" };
  }

  private choose(
    places: readonly number[],
    { headings, isAtEnd }: Hunk,
    expected: number | null,
    length: number,
  ): LinePlace | null {
    const fitting = isAtEnd ? places.filter((at) => at + length === this.lines.length) : places;
    const wanted = fitting.length > 0 ? fitting : places;
    if (expected !== null && wanted.includes(expected)) return { kind: "found", from: expected, expected };
    const [first] = wanted;
    if (first === undefined) return null;
    if (wanted.length === 1 || headings.length > 0) return { kind: "found", from: first, expected };
    return { kind: "several", lines: wanted.slice(0, maxShownPlaces).map((at) => at + 1) };
  }

  // The line named behind @@ is often the first of the hunk again.
  private startWithHeading({ headings }: Hunk, old: readonly string[], from: number, cursor: number): number {
    const heading = headings.at(-1);
    return heading !== undefined && from > cursor && old[0]?.trim() === heading.trim() ? from - 1 : from;
  }

  private insertion({ startLine, headings, isAtEnd }: Hunk, from: number, moved: number): LinePlace {
    const end = this.lines.length;
    if (startLine !== null) {
      // `-N,0`: behind line N.
      const at = Math.min(Math.max(startLine + moved, from), end);
      return { kind: "found", from: at, expected: at };
    }
    return { kind: "found", from: headings.length > 0 && !isAtEnd ? from : end, expected: null };
  }

  private headingAt(heading: string, from: number): number {
    const exact = this.lines.indexOf(heading, from);
    if (exact !== -1) return exact;
    const wanted = heading.trim();
    const same = this.lines.findIndex((line, at) => at >= from && line.trim() === wanted);
    return same !== -1 ? same : this.lines.findIndex((line, at) => at >= from && line.includes(wanted));
  }

  private nearHeading(heading: string): string {
    const word = heading.match(/[\p{L}\p{N}_$]{3,}/gu)?.toSorted((a, b) => b.length - a.length)[0];
    const at = word === undefined ? -1 : this.lines.findIndex((line) => line.includes(word));
    return at === -1 ? "" : `; line ${at + 1} is ${JSON.stringify((this.lines[at] ?? "").slice(0, 200))}`;
  }

  /** null: comparing takes too long. */
  private places(old: readonly string[], from: number, isTrimmed: boolean): number[] | null {
    this.trimmed ??= isTrimmed ? this.lines.map((line) => line.trimEnd()) : null;
    const lines = isTrimmed && this.trimmed !== null ? this.trimmed : this.lines;
    const wanted = isTrimmed ? old.map((line) => line.trimEnd()) : old;
    const places: number[] = [];
    for (let start = from; start + wanted.length <= lines.length; start += 1) {
      let same = 0;
      while (same < wanted.length && lines[start + same] === wanted[same]) same += 1;
      this.comparisons += same + 1;
      if (this.comparisons > maxComparisons) return null;
      if (same === wanted.length) places.push(start);
    }
    return places;
  }
}
