import type { ContextPart } from "../team/run-setup.ts";

export interface ContextCacheStats {
  readonly hits: number;
  readonly misses: number;
  /** Bytes that are kept now, about. */
  readonly bytes: number;
}

interface Kept {
  readonly parts: Promise<readonly ContextPart[]>;
  /** 0 while it is being made. */
  bytes: number;
}

/** What tasks are told besides, kept by what it depends on: at most `maxBytes`, the least recently used goes first. */
export class ContextCache {
  private readonly maxBytes: number;
  private readonly kept = new Map<string, Kept>();
  private hits = 0;
  private misses = 0;
  private bytes = 0;

  constructor({ maxBytes }: { maxBytes: number }) {
    this.maxBytes = maxBytes;
  }

  /** The parts under `key`; `make` is called where there are none, once for all that ask meanwhile. */
  async get(key: string, make: () => Promise<readonly ContextPart[]>): Promise<readonly ContextPart[]> {
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.hits += 1;
      this.kept.delete(key);
      this.kept.set(key, known);
      return await known.parts;
    }
    this.misses += 1;
    const made: Kept = { parts: make(), bytes: 0 };
    this.kept.set(key, made);
    try {
      this.count(key, made, sizeOf(await made.parts));
      return await made.parts;
    } catch (error) {
      if (this.kept.get(key) === made) this.kept.delete(key);
      throw error;
    }
  }

  stats(): ContextCacheStats {
    return { hits: this.hits, misses: this.misses, bytes: this.bytes };
  }

  private count(key: string, made: Kept, bytes: number): void {
    if (this.kept.get(key) !== made) return;
    made.bytes = bytes;
    this.bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.kept) {
      if (this.bytes <= this.maxBytes) return;
      this.kept.delete(oldest);
      this.bytes -= freed;
    }
  }
}

// A character takes one or two bytes in memory.
function sizeOf(parts: readonly ContextPart[]): number {
  return parts.reduce((sum, { title, text }) => sum + 2 * (title.length + text.length), 0);
}
