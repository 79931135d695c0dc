import type { DuplicateTokens } from "../file-facts.ts";

/** Marks a place no copy may reach across. */
const border = 0;
const maxTokens = 500_000;

/**
 * Collects one file's normalised tokens for the duplicate search. Names count, literals count only by kind, layout,
 * comments and types do not count at all.
 */
export class TokenStream {
  private hashes: Uint32Array = new Uint32Array(4_096);
  private lines: Uint32Array = new Uint32Array(4_096);
  private length = 0;
  /** Tokens from here on have no line yet; the next leaf gives it. */
  private firstWithoutLine = 0;
  private pauses = 0;

  /** A syntax node without text of its own. Its line is that of the next leaf. */
  node(kind: number): void {
    if (this.pauses === 0) this.append(kind + 1);
  }

  /** A literal or keyword: its kind only. */
  leaf(kind: number, line: number): void {
    if (this.pauses > 0) return;
    this.append(kind + 1);
    this.setLines(line);
  }

  name(text: string, line: number): void {
    if (this.pauses > 0) return;
    let hash = 0x811c9dc5;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    // Above every syntax kind, so that a name never looks like one.
    this.append((hash | 0x40000000) >>> 0);
    this.setLines(line);
  }

  border(): void {
    if (this.pauses === 0 && this.length > 0 && this.hashes[this.length - 1] !== border) this.append(border);
  }

  pause(): void {
    this.pauses += 1;
  }

  resume(): void {
    this.pauses -= 1;
  }

  finish(lastLine: number): DuplicateTokens {
    this.setLines(lastLine);
    return { hashes: this.hashes.slice(0, this.length), lines: this.lines.slice(0, this.length) };
  }

  private setLines(line: number): void {
    this.lines.fill(line, this.firstWithoutLine, this.length);
    this.firstWithoutLine = this.length;
  }

  private append(hash: number): void {
    if (this.length >= maxTokens) return;
    if (this.length === this.hashes.length) this.grow();
    this.hashes[this.length] = hash;
    this.length += 1;
  }

  private grow(): void {
    const hashes = new Uint32Array(this.hashes.length * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
    const lines = new Uint32Array(this.lines.length * 2);
    lines.set(this.lines);
    this.lines = lines;
  }
}
