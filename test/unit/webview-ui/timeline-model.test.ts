import { describe, expect, it } from "vitest";
import { blockCount, type TimelineOptions, timelineOf } from "../../../webview-ui/timeline-model.ts";
import { done, failed, startMs, working } from "../../support/run-fixture.ts";
import { language } from "./team-fixture.ts";

const plain: TimelineOptions = { progress: new Map(), chosen: new Map(), lostAtMs: null };

function phaseOf(run: typeof working, name: string, options = plain) {
  return timelineOf(run, options, language).find(({ phase }) => phase === name);
}

describe("timelineOf", () => {
  it("shows the phases that began, the open one with a block per task", () => {
    const phases = timelineOf(working, plain, language);
    expect(phases.map(({ phase, mark, open, tasks }) => [phase, mark, open, tasks.length])).toEqual([
      ["research", "passed", false, 0],
      ["analysis", "working", true, 3],
    ]);
    expect(blockCount(phases)).toBe(5);
  });

  it("names each task's agent, state and time", () => {
    const tasks = phaseOf(working, "analysis")?.tasks ?? [];
    expect(tasks.map(({ agent, mark, word, time, text }) => [agent, mark, word, time, text])).toEqual([
      ["CodeBaseAnalyzer", "passed", "done", "2s", "1,204 commits"],
      ["CodeBaseAnalyzer", "working", "working", "1m 04s", ""],
      ["CodeBaseAnalyzer", "waiting", "planned", "", "after Analyze the code"],
    ]);
  });

  it("closes passed phases to one line that counts their tasks", () => {
    const phases = done.phases.map((phase) => ({ ...phase, status: "passed" as const }));
    expect(phaseOf({ ...done, phases }, "analysis")?.detail).toBe("3 tasks · 11s");
  });

  it("opens and closes what a person chose", () => {
    const chosen = new Map([["analysis", false]] as const);
    expect(phaseOf(working, "analysis", { ...plain, chosen })).toMatchObject({ open: false, tasks: [] });
  });

  it("keeps a failed phase open and says which criterion was not met", () => {
    expect(phaseOf(failed, "analysis")).toMatchObject({
      open: true,
      mark: "failed",
      failures: ["All tasks completed: 1 of 3 tasks failed"],
    });
  });

  it("shows progress of the tasks at work", () => {
    const progress = new Map([["t-code", { stage: "Parsing", done: 3, total: 9 }]]);
    const task = phaseOf(working, "analysis", { ...plain, progress })?.tasks[1];
    expect(task?.progress).toEqual({ stage: "Parsing", done: 3, total: 9 });
  });

  it("stands still from the moment the host was lost", () => {
    const task = phaseOf(working, "analysis", { ...plain, lostAtMs: startMs + 20_000 })?.tasks[1];
    expect(task).toMatchObject({ mark: "paused", time: "9s" });
  });

  it("turns no spinner and guesses no time for a run that was interrupted", () => {
    const phase = phaseOf({ ...working, status: "interrupted" }, "analysis");
    expect(phase).toMatchObject({ mark: "paused", detail: "" });
    expect(phase?.tasks[1]).toMatchObject({ mark: "paused", word: "paused", time: "" });
  });

  it("marks what a cancelled run left undone as cancelled", () => {
    const cancelled = { ...working, status: "cancelled" as const, finishedAt: failed.finishedAt };
    expect(phaseOf(cancelled, "analysis")?.tasks[1]).toMatchObject({ mark: "cancelled", time: "7s" });
  });
});
