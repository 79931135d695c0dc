import { describe, expect, it } from "vitest";
import { hunkAt, placesOf } from "../../../../extension/review/hunk-places.ts";
import { fileChange, hunk } from "./change-fixture.ts";

const two = fileChange({
  hunks: [hunk(0, [1, 4], [1, 5], " a\n-b\n+B\n+B2\n c\n d"), hunk(1, [20, 4], [21, 3], " t\n u\n-v\n w")],
});

describe("placesOf", () => {
  it("finds the lines of a hunk on both sides, without its context", () => {
    const [first] = placesOf("a.ts", two).hunks;
    expect(first?.spans).toEqual({
      before: { first: 1, last: 1, isEmpty: false },
      after: { first: 1, last: 2, isEmpty: false },
    });
    expect(first).toMatchObject({ added: 2, removed: 1 });
  });

  it("puts a deletion before the line that follows it", () => {
    const [, second] = placesOf("a.ts", two).hunks;
    expect(second?.spans.after).toEqual({ first: 22, last: 22, isEmpty: true });
    expect(second?.spans.before).toEqual({ first: 21, last: 21, isEmpty: false });
  });

  it("reads a hunk of an added file, whose other side has no line", () => {
    const [only] = placesOf("a.ts", fileChange({ hunks: [hunk(0, [0, 0], [1, 2], "+a\n+b")] })).hunks;
    expect(only?.spans.after).toEqual({ first: 0, last: 1, isEmpty: false });
    expect(only?.spans.before).toEqual({ first: 0, last: 0, isEmpty: true });
  });

  it("reads a hunk without context that stands after a line", () => {
    const [only] = placesOf("a.ts", fileChange({ hunks: [hunk(0, [6, 1], [5, 0], "-x")] })).hunks;
    expect(only?.spans.after).toEqual({ first: 5, last: 5, isEmpty: true });
    expect(only?.spans.before).toEqual({ first: 5, last: 5, isEmpty: false });
  });

  it("ends at the same lines with a note about the end of the file", () => {
    const text = "-a\n\\ No newline at end of file\n+a";
    const [only] = placesOf("a.ts", fileChange({ hunks: [hunk(0, [1, 1], [1, 1], text)] })).hunks;
    expect(only).toMatchObject({ added: 1, removed: 1, spans: { after: { first: 0, last: 0 } } });
  });

  it("knows a hunk again by its words when others before it are gone", () => {
    const [, second] = placesOf("a.ts", two).hunks;
    const moved = { ...two, tree: "5".repeat(40), hunks: [hunk(0, [20, 4], [20, 3], " t\n u\n-v\n w")] };
    expect(placesOf("a.ts", moved).hunks.map(({ key }) => key)).toEqual([second?.key]);
    expect(placesOf("b.ts", moved).hunks[0]?.key).not.toBe(second?.key);
  });

  it("tells equal hunks of one file apart", () => {
    const same = fileChange({
      hunks: [hunk(0, [1, 1], [1, 1], "-a\n+b"), hunk(1, [9, 1], [9, 1], "-a\n+b")],
    });
    const keys = placesOf("a.ts", same).hunks.map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
  });

  it("makes one part of a file that cannot be taken apart, anew for each tree", () => {
    const one = placesOf("a.png", fileChange({ isBinary: true, hunks: [] }));
    const other = placesOf("a.png", fileChange({ isBinary: true, hunks: [], tree: "5".repeat(40) }));
    expect(one.hunks).toMatchObject([{ index: null }]);
    expect(one.hunks[0]?.key).not.toBe(other.hunks[0]?.key);
  });
});

describe("hunkAt", () => {
  it("finds the hunk under the cursor, and none between hunks", () => {
    const places = placesOf("a.ts", two);
    expect(hunkAt(places, "after", 2)?.index).toBe(0);
    expect(hunkAt(places, "after", 3)).toBeUndefined();
    expect(hunkAt(places, "before", 21)?.index).toBe(1);
  });

  it("finds a deletion from the lines on both sides of it", () => {
    const places = placesOf("a.ts", two);
    expect([20, 21, 22, 23].map((line) => hunkAt(places, "after", line)?.index)).toEqual([
      undefined,
      1,
      1,
      undefined,
    ]);
  });
});
