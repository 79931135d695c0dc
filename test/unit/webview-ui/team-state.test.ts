import { describe, expect, it } from "vitest";
import { reduceTeam } from "../../../webview-ui/team-state.ts";
import {
  delivered,
  done,
  failed,
  failedEntries,
  fold,
  runId,
  working,
  workingEntries,
  workspaceId,
} from "../../support/run-fixture.ts";
import { foldables, reset, stateAfter } from "./team-fixture.ts";

const progress = { workspaceId, runId, taskId: "t-code", stage: "Parsing", done: 3, total: 9 };

describe("reduceTeam", () => {
  it("folds what is new of the shown run, as the host does", () => {
    const begun = fold(workingEntries.slice(0, 2));
    const entries = foldables(failedEntries.slice(2));
    const state = stateAfter(reset([begun], begun), { kind: "entries", workspaceId, runId, entries });
    expect(state.shown?.run).toEqual(failed);
    expect(state.runs.get(`${workspaceId} ${runId}`)?.run.status).toBe("failed");
  });

  it("takes an entry once, however often it comes", () => {
    const entries = foldables(workingEntries);
    const message = { kind: "entries", workspaceId, runId, entries } as const;
    expect(stateAfter(reset([working], working), message, message).shown?.run).toEqual(working);
  });

  it("leaves out entries of a run that is no longer shown", () => {
    const entries = foldables([delivered(14, "phase.left", { phase: "analysis" })]);
    const state = stateAfter(reset([working], null), { kind: "entries", workspaceId, runId, entries });
    expect(state.shown).toBeNull();
  });

  it("shows progress only of tasks at work, until they end", () => {
    const state = stateAfter(reset([working], working), { kind: "progress", progress });
    expect(state.progress.get("t-code")).toEqual({ stage: "Parsing", done: 3, total: 9 });
    expect(
      reduceTeam(state, { kind: "progress", progress: { ...progress, taskId: "t-history" } }).progress.size,
    ).toBe(1);
    const entries = foldables(failedEntries.slice(13));
    expect(reduceTeam(state, { kind: "entries", workspaceId, runId, entries }).progress.size).toBe(0);
  });

  it("keeps progress over a new start of the same run's page, and drops it with another run", () => {
    const state = stateAfter(reset([working], working), { kind: "progress", progress });
    expect(reduceTeam(state, reset([working], working)).progress.size).toBe(1);
    const other = { ...done, runId: "r-other" };
    expect(
      reduceTeam(state, { kind: "shown", shown: { workspaceId, run: other }, unasked: false }).progress.size,
    ).toBe(0);
  });

  it("adds, changes and removes lines of the run list", () => {
    const state = stateAfter(reset([working], null));
    const line = { workspaceId, run: { ...working, runId: "r-new" } };
    const more = reduceTeam(state, { kind: "runs", changed: [line], removed: [] });
    expect(more.runs.size).toBe(2);
    expect(reduceTeam(more, { kind: "runs", changed: [], removed: [{ workspaceId, runId }] }).runs.size).toBe(
      1,
    );
  });
});
