import { describe, expect, it } from "vitest";
import type { DeliveredEntry } from "../../../../../agent-host/protocol/methods.ts";
import { delivered, fold, workingEntries } from "../../../../support/run-fixture.ts";

const [one, two] = ["1".repeat(64), "2".repeat(64)];
const blob = (name: string) => ({ blob: name.repeat(64), size: 1 });
const size = { fileCount: 1, added: 2, removed: 3 };

function folded(...entries: DeliveredEntry[]) {
  return fold([...workingEntries, ...entries]);
}

const created = (seq: number, taskId?: string): DeliveredEntry =>
  delivered(
    seq,
    "changeset.created",
    { changeSetId: "c-1", base: one, result: two, files: blob("f"), ...size },
    taskId === undefined ? {} : { taskId },
  );
const merged = (seq: number): DeliveredEntry =>
  delivered(seq, "changeset.merged", { changeSetId: "c-1", tree: two });
const applied = (seq: number, plan: string): DeliveredEntry =>
  delivered(seq, "changeset.applied", { changeSetId: "c-1", tree: two, fileCount: 1, preimages: blob(plan) });
const undone = (seq: number): DeliveredEntry =>
  delivered(seq, "changeset.undone", { changeSetId: "c-1", tree: one, fileCount: 1 });

describe("changes folded from entries", () => {
  it("belong to a task, or to nobody where a person left parts out", () => {
    expect(folded(created(20, "t-code"), merged(21)).changeSets["c-1"]).toMatchObject({
      taskId: "t-code",
      merged: true,
    });
    expect(folded(created(20), merged(21))).toMatchObject({
      tree: two,
      changeSets: { "c-1": { taskId: null, merged: true } },
    });
  });

  it("stand applied with the plans that take them back, until they are undone", () => {
    const twice = folded(merged(20), applied(21, "a"), applied(22, "b"));
    expect(twice).toMatchObject({
      appliedTree: two,
      undone: false,
      preimages: ["a".repeat(64), "b".repeat(64)],
    });
    const back = folded(merged(20), applied(21, "a"), undone(22));
    expect(back).toMatchObject({ tree: two, appliedTree: null, undone: true, preimages: [] });
    const again = folded(merged(20), applied(21, "a"), undone(22), applied(23, "c"));
    expect(again).toMatchObject({ appliedTree: two, undone: false, preimages: ["c".repeat(64)] });
  });

  it("say since when they are what they are", () => {
    const entries = [merged(20), applied(21, "a"), undone(22)];
    for (const count of [1, 2, 3])
      expect(folded(...entries.slice(0, count)).changeSince).toBe(entries[count - 1]?.entry.time);
    expect(folded().changeSince).toBeNull();
  });
});
