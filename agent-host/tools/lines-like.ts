export interface NearLines {
  /** 1-based, inclusive. */
  readonly from: number;
  readonly to: number;
  /** As they stand in the file. */
  readonly text: string;
}

// Above these a look would take longer than reading the file again.
const maxPieceLines = 100;
const maxShownCharacters = 4_000;
const maxLineCharacters = 1_000;
const maxTriedWords = 6;
const maxTriedPlaces = 20_000;
const leastLikeness = 0.5;

/**
 * The lines of a text most like a piece that does not stand in it, for a model that remembers them not quite right;
 * null where none is at least half like it. Likeness of lines is Dice's coefficient over their words. Only places are
 * tried where one of the longest words of the piece's richest line stands.
 */
export function linesLike(text: string, piece: string): NearLines | null {
  const wanted = trimmedLines(piece);
  if (wanted.length === 0 || wanted.length > maxPieceLines) return null;
  const bags = wanted.map(bagOf);
  const anchor = bags.reduce((best, bag, at) => (bag.size > (bags[best]?.size ?? 0) ? at : best), 0);
  const words = [...(bags[anchor] ?? [])].toSorted((a, b) => b.length - a.length);
  const comparison = new Comparison(text.split("\n"), bags, anchor);
  for (const word of words.slice(0, maxTriedWords)) {
    const start = comparison.bestStart(word);
    if (start !== null) return comparison.linesFrom(start);
  }
  return null;
}

type Bag = ReadonlySet<string>;

class Comparison {
  private readonly lines: readonly string[];
  private readonly bags: readonly Bag[];
  /** The line of the piece that says most; only where it fits are the others compared. */
  private readonly anchor: number;
  private readonly known = new Map<number, Bag>();
  private tried = 0;

  constructor(lines: readonly string[], bags: readonly Bag[], anchor: number) {
    this.lines = lines;
    this.bags = bags;
    this.anchor = anchor;
  }

  /** Index of the line from which on the text is most like the piece, with `word` on the line of the anchor. */
  bestStart(word: string): number | null {
    let best: { start: number; likeness: number } | null = null;
    for (const [at, line] of this.lines.entries()) {
      if (at < this.anchor || !line.includes(word)) continue;
      this.tried += 1;
      if (this.tried > maxTriedPlaces) break;
      if (likeness(this.bags[this.anchor], this.bagAt(at)) < leastLikeness) continue;
      const start = at - this.anchor;
      const sum = this.bags.reduce((all, bag, index) => all + likeness(bag, this.bagAt(start + index)), 0);
      if (sum / this.bags.length >= leastLikeness && sum > (best?.likeness ?? 0))
        best = { start, likeness: sum };
    }
    return best?.start ?? null;
  }

  linesFrom(start: number): NearLines {
    const to = Math.min(start + this.bags.length, this.lines.length);
    const text = this.lines.slice(start, to).join("\n").slice(0, maxShownCharacters);
    return { from: start + 1, to, text };
  }

  private bagAt(at: number): Bag {
    const known = this.known.get(at);
    if (known !== undefined) return known;
    const bag = bagOf((this.lines[at] ?? "").trim().slice(0, maxLineCharacters));
    this.known.set(at, bag);
    return bag;
  }
}

function trimmedLines(piece: string): string[] {
  return piece
    .replace(/^\s*\n/, "")
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().slice(0, maxLineCharacters));
}

function bagOf(line: string): Bag {
  return new Set(line.match(/[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$]/gu) ?? []);
}

function likeness(a: Bag = new Set(), b: Bag = new Set()): number {
  if (a.size === 0 && b.size === 0) return 1;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return (2 * shared) / (a.size + b.size);
}
