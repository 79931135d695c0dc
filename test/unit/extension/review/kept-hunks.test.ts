import { expect, it } from "vitest";
import { placesOf } from "../../../../extension/review/hunk-places.ts";
import { KeptHunks } from "../../../../extension/review/kept-hunks.ts";
import { fileChange, hunk, ignore, memory, run } from "./change-fixture.ts";

const places = placesOf(
  "a.ts",
  fileChange({ hunks: [hunk(0, [1, 1], [1, 1], "-a\n+b"), hunk(1, [9, 1], [9, 1], "-c\n+d")] }),
);
const [first] = places.hunks;

it("counts what was looked at, over a reload", async () => {
  const kept = new Map<string, string>();
  const before = new KeptHunks(memory(kept), ignore);
  await before.keep(run, first === undefined ? [] : [first], true);
  const after = new KeptHunks(memory(kept), ignore);
  expect(after.count(run, places)).toEqual({ reviewed: 1, total: 2 });
  expect(after.count({ ...run, runId: "r-other-1" }, places)).toEqual({ reviewed: 0, total: 2 });
});

it("takes a mark back, and tells of both", async () => {
  const hunks = new KeptHunks(memory(), ignore);
  const told: string[] = [];
  hunks.onChange.subscribe(({ runId }) => told.push(runId));
  await hunks.keep(run, places.hunks, true);
  await hunks.keep(run, places.hunks, false);
  expect(hunks.count(run, places).reviewed).toBe(0);
  expect(told).toEqual([run.runId, run.runId]);
});

it("keeps the runs that were marked last", async () => {
  const kept = new Map<string, string>();
  const hunks = new KeptHunks(memory(kept), ignore);
  for (let index = 0; index < 25; index++)
    await hunks.keep({ ...run, runId: `r-${index}` }, places.hunks, true);
  const again = new KeptHunks(memory(kept), ignore);
  const counts = [4, 5, 24].map((index) => again.count({ ...run, runId: `r-${index}` }, places).reviewed);
  expect(counts).toEqual([0, 2, 2]);
});

it("leaves out what does not fit", () => {
  const kept = new Map([
    ["agentTeam.review.kept", JSON.stringify([["x"], 3, [`${run.workspaceId} ${run.runId}`, [1]]])],
  ]);
  expect(new KeptHunks(memory(kept), ignore).count(run, places).reviewed).toBe(0);
});
