export interface NearLines {
  /** 1-based, inclusive. */
  readonly from: number;
  readonly to: number;
  /** As they stand in the file. */
  readonly text: string;
}

// Above these a look would take longer than reading the file again.
const maxLines = 50_000;
const maxPieceLines = 100;
const maxShownCharacters = 4_000;
const maxLineCharacters = 1_000;
const leastLikeness = 0.5;

/**
 * The lines of a text most like a piece that does not stand in it, for a model that remembers them not quite right;
 * null where none is at least half like it. Likeness of lines is Dice's coefficient over their words.
 */
export function linesLike(text: string, piece: string): NearLines | null {
  const lines = text.split("\n");
  const wanted = trimmedLines(piece);
  if (lines.length > maxLines || wanted.length === 0 || wanted.length > maxPieceLines) return null;
  const bags = wanted.map(bagOf);
  const anchor = anchorOf(bags);
  if (bags[anchor]?.size === 0) return null;
  const known = lines.map((line) => bagOf(line.trim().slice(0, maxLineCharacters)));
  const best = bestStart({ bags, known, anchor });
  if (best === null) return null;
  const to = Math.min(best + wanted.length, lines.length);
  const shown = lines.slice(best, to).join("\n").slice(0, maxShownCharacters);
  return { from: best + 1, to, text: shown };
}

type Bag = ReadonlySet<string>;

interface Comparison {
  readonly bags: readonly Bag[];
  readonly known: readonly Bag[];
  /** The line of the piece that says most; only where it fits are the others compared. */
  readonly anchor: number;
}

function bestStart({ bags, known, anchor }: Comparison): number | null {
  let best: { start: number; likeness: number } | null = null;
  for (let start = 0; start + anchor < known.length; start++) {
    const first = likeness(bags[anchor], known[start + anchor]);
    if (first < leastLikeness) continue;
    const sum = bags.reduce((all, bag, at) => all + likeness(bag, known[start + at]), 0);
    if (sum / bags.length >= leastLikeness && sum > (best?.likeness ?? 0)) best = { start, likeness: sum };
  }
  return best?.start ?? null;
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

function anchorOf(bags: readonly Bag[]): number {
  return bags.reduce((best, bag, at) => (bag.size > (bags[best]?.size ?? 0) ? at : best), 0);
}

function likeness(a: Bag = new Set(), b: Bag = new Set()): number {
  if (a.size === 0 && b.size === 0) return 1;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return (2 * shared) / (a.size + b.size);
}
