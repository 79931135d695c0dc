import { describe, expect, test } from "vitest";
import {
  displayOf,
  isPlainPath,
  locate,
  parentsOf,
  rawPathOf,
  textOf,
} from "../../../../agent-host/workspace/raw-path.ts";

describe("rawPathOf and textOf", () => {
  test("lead from text to bytes and back", () => {
    for (const text of ["a/b.ts", "zażółć/日本.txt", "new\nline", "🦊"])
      expect(textOf(rawPathOf(text))).toBe(text);
    expect(rawPathOf("ż")).toBe("\u00c5\u00bc");
  });

  test("know what is no UTF-8", () => {
    expect(textOf("a\xff")).toBeNull();
    expect(displayOf("a\xff")).toBe("a\ufffd");
    // The replacement character itself is a name like any other.
    expect(textOf(rawPathOf("a\ufffd"))).toBe("a\ufffd");
  });

  test("keep names apart that decode alike", () => {
    expect(locate("/w", "a\xff").equals(locate("/w", "a\xfe"))).toBe(false);
  });
});

describe("parentsOf", () => {
  test("lists the folders above from the top", () => {
    expect(parentsOf("a/b/c")).toEqual(["a", "a/b"]);
    expect(parentsOf("a")).toEqual([]);
  });
});

describe("isPlainPath", () => {
  test.each(["a", "a/b", ".gitignore", ".github/x", "a/.git2", "git", "...", "a b/c", "..a", ".agit"])(
    "takes %j",
    (path) => expect(isPlainPath(path)).toBe(true),
  );

  test.each([
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "./a",
    ".git",
    "a/.git",
    ".git/config",
    ".GIT/config",
    "a/.Git",
    "git~1",
    "GIT~1/x",
    ".git.",
    ".git ",
    ".git . .",
    ".git::$INDEX_ALLOCATION",
    ".git:x",
    "a\\.git\\config",
    rawPathOf(".g\u200cit"),
    rawPathOf("\ufeff.git"),
  ])("refuses %j", (path) => expect(isPlainPath(path)).toBe(false));
});
