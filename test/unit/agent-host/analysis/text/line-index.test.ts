import { expect, test } from "vitest";
import { LineIndex } from "../../../../../agent-host/analysis/text/line-index.ts";

test("offsets become lines and columns from 1, the end exclusive", () => {
  const lines = new LineIndex("ab\r\ncd\n\nx");
  expect(lines.range(0, 2)).toEqual({ startLine: 1, startColumn: 1, endLine: 1, endColumn: 3 });
  expect(lines.range(4, 9)).toEqual({ startLine: 2, startColumn: 1, endLine: 4, endColumn: 2 });
  expect([lines.lineAt(0), lines.lineAt(3), lines.lineAt(4), lines.lineAt(99)]).toEqual([1, 1, 2, 4]);
  expect([1, 2, 3, 4, 5].map((line) => lines.lineText(line))).toEqual(["ab", "cd", "", "x", ""]);
});

test.each<[string, number]>([
  ["", 1],
  ["a", 1],
  ["a\n", 1],
  ["a\nb", 2],
  ["\n\n", 2],
])("%j has %i lines", (text, count) => {
  expect(new LineIndex(text).lineCount).toBe(count);
});
