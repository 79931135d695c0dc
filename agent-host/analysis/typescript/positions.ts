import type { Range } from "../../protocol/finding.ts";

/** Turns offsets of one text into 1-based lines and columns. */
export class Positions {
  private readonly lineStarts: readonly number[];
  private readonly text: string;

  constructor(text: string, lineStarts: readonly number[]) {
    this.text = text;
    this.lineStarts = lineStarts;
  }

  /** Zero-based index of the line that holds `offset`. */
  lineIndex(offset: number): number {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  range(start: number, end: number): Range {
    const startLine = this.lineIndex(start);
    const endLine = this.lineIndex(end);
    return {
      startLine: startLine + 1,
      startColumn: start - (this.lineStarts[startLine] ?? 0) + 1,
      endLine: endLine + 1,
      endColumn: end - (this.lineStarts[endLine] ?? 0) + 1,
    };
  }

  /** The line that holds `offset`, trimmed and cut for evidence. */
  lineText(offset: number, maxLength = 200): string {
    const index = this.lineIndex(offset);
    const line = this.text.slice(this.lineStarts[index], this.lineStarts[index + 1]).trim();
    return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
  }
}
