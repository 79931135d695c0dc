import type { Range } from "../../protocol/finding.ts";

/** Turns offsets of a text into lines and columns. Lines end at LF; columns count UTF-16 units. */
export class LineIndex {
  private readonly starts: number[] = [0];
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  /** Number of lines; a final line end does not open another line. */
  get lineCount(): number {
    const last = this.starts.length;
    return this.starts[last - 1] === this.text.length && last > 1 ? last - 1 : last;
  }

  /** The 1-based line that holds `offset`. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  range(from: number, to: number): Range {
    const startLine = this.lineAt(from);
    const endLine = this.lineAt(to);
    return {
      startLine,
      startColumn: from - this.startOf(startLine) + 1,
      endLine,
      endColumn: to - this.startOf(endLine) + 1,
    };
  }

  /** Offset of the first character of a 1-based line. */
  startOf(line: number): number {
    return this.starts[line - 1] ?? this.text.length;
  }

  /** A line's text without its line end. */
  lineText(line: number): string {
    const end = this.starts[line];
    const text = this.text.slice(this.startOf(line), end === undefined ? this.text.length : end - 1);
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }
}
