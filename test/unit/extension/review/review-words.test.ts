import { describe, expect, it } from "vitest";
import { changeStateText } from "../../../../extension/review/change-text.ts";
import { changeSideOf, changeUriParts } from "../../../../extension/review/change-uri.ts";
import { placesOf } from "../../../../extension/review/hunk-places.ts";
import { linesOf } from "../../../../extension/review/hunk-words.ts";
import { namedIn } from "../../../../extension/review/named-files.ts";
import { reviewDraft } from "../../../../extension/review/review-draft.ts";
import { sideText } from "../../../../extension/review/side-text.ts";
import { fileChange, hunk, run, summary } from "./change-fixture.ts";

const t = (text: string, ...values: (string | number)[]): string =>
  text.replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)]));

describe("a change's URI", () => {
  it.each(["src/a.ts", "a b/#1?.ts", "%41/ä.ts", "..x/y"])(
    "names the side of %s and is read back",
    (path) => {
      const named = { ...run, path, side: "after" } as const;
      expect(changeSideOf(changeUriParts(named))).toEqual(named);
    },
  );

  it("reads none that is not ours", () => {
    expect(changeSideOf({ scheme: "file", path: "/a.ts", query: "" })).toBeNull();
    expect(
      changeSideOf({ ...changeUriParts({ ...run, path: "a", side: "after" }), query: "side=after" }),
    ).toBeNull();
  });
});

describe("sideText", () => {
  it("is the text, and nothing where the file is not there", () => {
    expect(sideText(fileChange(), { status: "modified" }, "after", t)).toBe("b\n");
    expect(sideText(fileChange({ before: null }), { status: "added" }, "before", t)).toBe("");
    expect(sideText(fileChange({ after: null }), { status: "deleted" }, "after", t)).toBe("");
  });

  it.each([true, false])(
    "says in words of its own for each side why a text is not shown (binary: %s)",
    (isBinary) => {
      const change = fileChange({ before: null, after: null, isBinary });
      const sides = (["before", "after"] as const).map((side) =>
        sideText(change, { status: "modified" }, side, t),
      );
      expect(sides[0]).toMatch(isBinary ? /binary/ : /too long/);
      expect(sides[1]).not.toBe(sides[0]);
    },
  );

  it("says of an added file that it is too long, not that it is empty", () => {
    const change = fileChange({ before: null, after: null });
    expect(sideText(change, { status: "added" }, "after", t)).toMatch(/too long/);
  });
});

it("says which lines a part is about", () => {
  const hunks = [
    hunk(0, [1, 1], [1, 2], "-a\n+b\n+c"),
    hunk(1, [9, 2], [9, 0], "-x\n-y"),
    hunk(2, [20, 1], [18, 1], "-m\n+n"),
  ];
  const words = placesOf("a.ts", fileChange({ hunks })).hunks.map((each) => linesOf(each, t));
  expect(words).toEqual(["lines 1–2", "deleted lines 9–10", "line 18"]);
  expect(linesOf(placesOf("a.png", fileChange()).hunks[0] ?? failed(), t)).toBe("the whole file");
});

it("says how a change stands, without zeros", () => {
  expect(changeStateText(summary({ state: "undone", files: 1 }), { t, locale: "en" })).toBe(
    "undone · 1 file · +48",
  );
});

describe("namedIn", () => {
  const files = ["a.ts", "src/a.ts", "src/a.tsx", "lib/b.ts"].map((path) => ({ path }));

  it("finds whole names, not ends of others", () => {
    expect(namedIn("Changed since: src/a.ts, lib/b.ts", files)).toEqual(["src/a.ts", "lib/b.ts"]);
    expect(namedIn("'src/a.tsx' was changed.", files)).toEqual(["src/a.tsx"]);
    expect(namedIn("data.ts and x/src/a.tsx are", files)).toEqual([]);
    expect(namedIn("a.ts. Undo it by hand", files)).toEqual(["a.ts"]);
  });
});

it("reads a kept review, and what does not fit as nothing", () => {
  expect(reviewDraft({ ticks: ["a", 1], comment: "x", returnTo: "planning" })).toEqual({
    ticks: ["a"],
    comment: "x",
    returnTo: "planning",
  });
  expect(reviewDraft({ returnTo: "nowhere" })).toEqual({ ticks: [], comment: "", returnTo: null });
  expect(reviewDraft("x")).toBeUndefined();
});

function failed(): never {
  throw new Error("there is no such part");
}
