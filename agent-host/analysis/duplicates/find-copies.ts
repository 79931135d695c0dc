import type { DuplicateTokens } from "../file-facts.ts";
import { type Fingerprints, windowTokens } from "./fingerprints.ts";

export interface TokenFile {
  readonly path: string;
  readonly tokens: DuplicateTokens;
  readonly fingerprints: Fingerprints;
}

/** A run of tokens of one file. */
export interface Region {
  readonly file: TokenFile;
  readonly start: number;
  readonly end: number;
}

export interface Copy {
  readonly original: Region;
  readonly copy: Region;
}

export interface CopyLimits {
  readonly minTokens: number;
  readonly minLines: number;
}

const border = 0;
const minDistinctTokens = 14;

/**
 * Maximal common runs. Each is matched with the first file that has it, never with every other, so the work stays
 * linear however often something was copied.
 */
export function findCopies(files: readonly TokenFile[], limits: CopyLimits): Copy[] {
  const firstAt = new FirstOccurrences(files.reduce((sum, file) => sum + file.fingerprints.hashes.length, 0));
  const copies: Copy[] = [];
  for (const [index, file] of files.entries()) {
    const coveredUntil = new Map<number, number>();
    const { hashes, positions } = file.fingerprints;
    for (let item = 0; item < hashes.length; item += 1) {
      const at = positions[item] ?? 0;
      const first = firstAt.claim(hashes[item] ?? 0, index, at);
      if (first === undefined) continue;
      // Same other file, same distance: the same run seen again.
      const diagonal = first.file * 0x100000 + (first.at - at);
      if ((coveredUntil.get(diagonal) ?? -1) > at) continue;
      const other = files[first.file];
      const found = other === undefined ? undefined : matchAround({ other, file, otherAt: first.at, at });
      if (found === undefined) continue;
      coveredUntil.set(diagonal, found.copy.end);
      if (isWorthTelling(found, limits)) copies.push(found);
    }
  }
  return copies;
}

/** An open-addressing table: fingerprint → file and token where it was seen first. */
class FirstOccurrences {
  private readonly keys: Uint32Array;
  private readonly files: Uint32Array;
  private readonly positions: Uint32Array;
  private readonly mask: number;

  constructor(expected: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2)));
    this.keys = new Uint32Array(size);
    this.files = new Uint32Array(size);
    this.positions = new Uint32Array(size);
    this.mask = size - 1;
  }

  /** The earlier place with this fingerprint; undefined when this one is the first, which is then remembered. */
  claim(hash: number, file: number, at: number): { file: number; at: number } | undefined {
    for (let slot = hash & this.mask; ; slot = (slot + 1) & this.mask) {
      if (this.keys[slot] === hash) return { file: this.files[slot] ?? 0, at: this.positions[slot] ?? 0 };
      if (this.keys[slot] !== 0) continue;
      this.keys[slot] = hash;
      this.files[slot] = file;
      this.positions[slot] = at;
      return undefined;
    }
  }
}

function matchAround(place: {
  other: TokenFile;
  file: TokenFile;
  otherAt: number;
  at: number;
}): Copy | undefined {
  const { other, file, otherAt, at } = place;
  const a = other.tokens.hashes;
  const b = file.tokens.hashes;
  let back = 0;
  while (back <= Math.min(otherAt, at) && sameToken(a, otherAt - back, b, at - back)) back += 1;
  if (back === 0) return undefined;
  let length = 1;
  while (sameToken(a, otherAt + length, b, at + length)) length += 1;
  const start = otherAt - back + 1;
  const copyStart = at - back + 1;
  const total = back - 1 + length;
  // Within one file a run may not overlap its own copy: that is repetition, not copying.
  const room = other === file ? Math.abs(copyStart - start) : total;
  const size = Math.min(total, room);
  if (size < windowTokens) return undefined;
  return {
    original: { file: other, start, end: start + size },
    copy: { file, start: copyStart, end: copyStart + size },
  };
}

function sameToken(a: Uint32Array, at: number, b: Uint32Array, bt: number): boolean {
  const token = a[at];
  return token !== undefined && token !== border && token === b[bt];
}

function isWorthTelling({ original, copy }: Copy, limits: CopyLimits): boolean {
  if (original.end - original.start < limits.minTokens) return false;
  if (linesOf(original) < limits.minLines || linesOf(copy) < limits.minLines) return false;
  return (
    new Set(original.file.tokens.hashes.subarray(original.start, original.end)).size >= minDistinctTokens
  );
}

export function firstLine({ file, start }: Region): number {
  return file.tokens.lines[start] ?? 1;
}

export function lastLine({ file, end }: Region): number {
  return file.tokens.lines[end - 1] ?? 1;
}

export function linesOf(region: Region): number {
  return lastLine(region) - firstLine(region) + 1;
}
