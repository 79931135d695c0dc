import { describe, expect, it } from "vitest";
import {
  changeLine,
  colouredDiff,
  safeDiff,
  statText,
  withHunkNumbers,
} from "../../../../agent-host/cli/changes-text.ts";

const diff = [
  "diff --git a/a.ts b/a.ts",
  "index 0000000..4c87f5c 100644",
  "--- a/a.ts",
  "+++ b/a.ts",
  "@@ -1,2 +1,2 @@ function greet()",
  " same",
  "-@@ -1 +1 @@ no header",
  "+new",
  "@@ -9 +9 @@",
  "-old",
  "+newer",
  "",
].join("\n");

describe("a change in words", () => {
  it("stands on one line that a terminal can trust", () => {
    const change = { files: 1, added: 3, removed: 0, tree: "f".repeat(64), title: "Make it\u001b[31m greet" };
    const since = "2026-01-02T03:04:05.000Z";
    expect(changeLine({ ...change, runId: "r-1", state: "undone", since })).toBe(
      "r-1  2026-01-02 03:04  undone    1 file, +3 -0  Make it\\u001b[31m greet",
    );
  });

  it("names each file with what became of it", () => {
    const file = { added: 1, removed: 2, mode: "100644" };
    const files = [
      { ...file, path: "a.ts", status: "modified" as const },
      { ...file, path: "b.bin", status: "added" as const, added: null, removed: null },
      { ...file, path: "c\u202e.ts", status: "deleted" as const, added: 0, mode: null },
    ];
    expect(statText(files)).toBe("M  a.ts  +1 -2\nA  b.bin  binary\nD  c\\u202e.ts  +0 -2\n");
  });
});

describe("a diff on a terminal", () => {
  it("has its hunks numbered where they begin, and only there", () => {
    const lines = withHunkNumbers(diff).split("\n");
    expect(lines.filter((line) => line.includes("hunk"))).toEqual([
      "@@ -1,2 +1,2 @@ hunk 0",
      "@@ -9 +9 @@ hunk 1",
    ]);
    expect(lines[6]).toBe("-@@ -1 +1 @@ no header");
  });

  it("loses what a terminal obeys, and keeps tabs and ends of lines", () => {
    expect(safeDiff("+a\tb\r\n+\u001b]0;t\u0007\u202ex\n")).toBe("+a\tb\r\n+\\u001b]0;t\\u0007\\u202ex\n");
  });

  it("is coloured line by line", () => {
    const lines = colouredDiff(diff).split("\n");
    expect(lines[7]).toBe("\u001b[32m+new\u001b[39m");
    expect(lines[9]).toBe("\u001b[31m-old\u001b[39m");
    expect(lines[3]).toBe("\u001b[1m+++ b/a.ts\u001b[22m");
    expect(lines[5]).toBe(" same");
  });
});
