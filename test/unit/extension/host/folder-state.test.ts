import { describe, expect, it } from "vitest";
import { summaryOf } from "../../../../agent-host/protocol/state/fold-run.ts";
import {
  emptyFolderState,
  type FolderState,
  foldDelivered,
  maxDetails,
  unfinishedRuns,
  withRun,
  withRuns,
} from "../../../../extension/host/folder-state.ts";
import { delivered, fold, runId, working, workingEntries } from "../../../support/run-fixture.ts";

function foldAll(state: FolderState, entries = workingEntries): FolderState {
  return entries.reduce((before, each) => foldDelivered(before, each).state, state);
}

describe("foldDelivered", () => {
  it("comes to the same run as folding its entries alone", () => {
    const state = foldAll(emptyFolderState);
    expect(state.details.get(runId)).toEqual(working);
    expect(state.runs.get(runId)).toEqual(summaryOf(working));
    expect(state.seq).toBe(13);
  });

  it("leaves out an entry that was delivered twice", () => {
    const state = foldAll(emptyFolderState);
    const again = foldDelivered(state, workingEntries[12] ?? delivered(13, "x", {}));
    expect(again).toEqual({ kind: "old", state });
  });

  it("counts entries of no run without changing any", () => {
    const entry = delivered(14, "auth.succeeded", { client: "vscode" }, { runId: null });
    const result = foldDelivered(foldAll(emptyFolderState), entry);
    expect(result.kind).toBe("nothing");
    expect(result.state.seq).toBe(14);
  });

  it("asks for the state of a run of which only the list line is known", () => {
    const listed = withRuns([summaryOf(working)], 13);
    const result = foldDelivered(listed, delivered(14, "phase.left", { phase: "analysis" }));
    expect(result).toMatchObject({ kind: "unknown", runId });
  });

  it("takes a deleted run out", () => {
    const result = foldDelivered(foldAll(emptyFolderState), delivered(14, "run.deleted", {}));
    expect(result).toMatchObject({ kind: "removed", runId });
    expect(result.state.runs.size).toBe(0);
    expect(result.state.details.size).toBe(0);
  });
});

describe("withRun", () => {
  it("keeps a bounded number of whole states, never dropping one under way", () => {
    let state = withRun(emptyFolderState, working);
    for (let index = 0; index < maxDetails + 10; index++) {
      state = withRun(state, {
        ...working,
        runId: `r-${index}`,
        status: "done",
        finishedAt: working.createdAt,
      });
    }
    expect(state.details.size).toBe(maxDetails);
    expect(state.details.has(runId)).toBe(true);
    expect(state.runs.size).toBe(maxDetails + 11);
  });
});

describe("unfinishedRuns", () => {
  it("names runs without an end, also interrupted ones", () => {
    const ended = { ...summaryOf(working), runId: "r-ended", finishedAt: working.createdAt };
    const interrupted = { ...summaryOf(working), status: "interrupted" as const };
    const runs = unfinishedRuns(withRuns([ended, interrupted], 1));
    expect(runs.map((run) => run.runId)).toEqual([fold(workingEntries).runId]);
  });
});
