import { describe, expect, it } from "vitest";
import {
  CommentDrafts,
  commentLine,
  type DraftComment,
  lineIn,
  maxComments,
} from "../../../../extension/review/comment-drafts.ts";
import { ignore, memory, run } from "./change-fixture.ts";

function draft(more: Partial<DraftComment> = {}): DraftComment {
  return { id: "c1", path: "src/a.ts", line: 12, lineText: "const b = 1;", words: "Why?", ...more };
}

describe("CommentDrafts", () => {
  it("keeps comments over a reload, by file and line", async () => {
    const kept = new Map<string, string>();
    const before = new CommentDrafts(memory(kept), ignore);
    await before.put(run, draft({ id: "late", line: 40 }));
    await before.put(run, draft());
    await before.put(run, draft({ id: "other", path: "lib/z.ts" }));
    const after = new CommentDrafts(memory(kept), ignore);
    expect(after.of(run).map(({ id }) => id)).toEqual(["other", "c1", "late"]);
  });

  it("replaces a comment of the same id, and forgets those that were sent", async () => {
    const drafts = new CommentDrafts(memory(), ignore);
    await drafts.put(run, draft());
    await drafts.put(run, draft({ words: "Because?" }));
    expect(drafts.of(run).map(({ words }) => words)).toEqual(["Because?"]);
    await drafts.remove(run, ["c1"]);
    expect(drafts.of(run)).toEqual([]);
  });

  it("takes no more than a review can have", async () => {
    const drafts = new CommentDrafts(memory(), ignore);
    for (let index = 0; index < maxComments; index++) await drafts.put(run, draft({ id: `c${index}` }));
    expect(await drafts.put(run, draft({ id: "more" }))).toBe(false);
    expect(await drafts.put(run, draft({ id: "c7", words: "Changed" }))).toBe(true);
  });

  it("leaves out what an older version kept in another form", () => {
    const kept = new Map([
      [
        "agentTeam.review.comments",
        JSON.stringify([[`${run.workspaceId} ${run.runId}`, [{ id: 1 }, draft()]]]),
      ],
    ]);
    expect(new CommentDrafts(memory(kept), ignore).of(run)).toHaveLength(1);
  });
});

it("writes a comment on one line, with file and line", () => {
  expect(commentLine(draft({ words: "Why?\n  Twice." }))).toBe("src/a.ts:12: Why? Twice.");
});

describe("lineIn", () => {
  it("follows its line when others went before it", () => {
    expect(lineIn("x\nconst b = 1;\ny", draft({ line: 3 }))).toBe(2);
  });

  it("takes the nearest of equal lines", () => {
    expect(lineIn("const b = 1;\nx\nx\nx\nconst b = 1;", draft({ line: 4 }))).toBe(5);
  });

  it("stays where it was, within the file, when its line is gone", () => {
    expect(lineIn("x\ny", draft({ line: 12 }))).toBe(2);
  });
});
