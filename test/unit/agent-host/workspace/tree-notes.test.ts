import { describe, expect, test } from "vitest";
import { TreeNotes } from "../../../../agent-host/workspace/tree-notes.ts";

describe("TreeNotes", () => {
  test("keeps each note once, with its name for a person", () => {
    const notes = new TreeNotes();
    notes.add("a\xff", "odd");
    notes.add("a\xff", "odd");
    notes.add("a\xff", "large");
    expect(notes.list()).toEqual([
      { path: "a\ufffd", reason: "odd" },
      { path: "a\ufffd", reason: "large" },
    ]);
  });

  test("does not double what it was restored with", () => {
    const notes = new TreeNotes();
    notes.restore([{ path: "a", reason: "odd" }]);
    notes.add("a", "odd");
    expect(notes.list()).toEqual([{ path: "a", reason: "odd" }]);
  });

  test("keeps 200 and counts the rest", () => {
    const notes = new TreeNotes();
    for (let index = 0; index < 205; index += 1) notes.add(`f${index}`, "odd");
    expect(notes.list()).toHaveLength(201);
    expect(notes.list().at(-1)).toEqual({ path: "", reason: "and 5 more" });
  });
});
