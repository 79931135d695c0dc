import { describe, expect, it } from "vitest";
import { fill } from "../../../../agent-host/protocol/display.ts";
import { summaryOf } from "../../../../agent-host/protocol/state/fold-run.ts";
import {
  countsText,
  phaseRows,
  runRow,
  sortedRuns,
  taskRows,
} from "../../../../extension/views/tasks-model.ts";
import type { RowLanguage } from "../../../../extension/views/tree-row.ts";
import { done, failed, startMs, working, workspaceId } from "../../../support/run-fixture.ts";

const language: RowLanguage = { t: fill, locale: "en", nowMs: startMs + 75_000 };

function rowOf(run: typeof working, folder = "") {
  return runRow({ workspaceId, folder, run: summaryOf(run) }, language);
}

describe("runRow", () => {
  it("says what a working run does", () => {
    expect(rowOf(working)).toMatchObject({
      label: "Where is this code hard to change?",
      description: "analysis · 1 of 3 tasks",
      contextValue: "run.running",
      expands: "open",
      icon: { name: "loading~spin" },
    });
  });

  it("says what a finished run found and how long it took", () => {
    expect(rowOf(done).description).toBe("1 error · 17s");
    expect(rowOf(done).contextValue).toBe("run.done");
  });

  it("names a failure in words, not by colour alone", () => {
    expect(rowOf(failed)).toMatchObject({ description: "failed", icon: { name: "error" } });
    expect(rowOf(failed).spoken).toContain("failed");
  });

  it("names the folder only where there are several", () => {
    expect(rowOf(working, "shop").description).toBe("shop · analysis · 1 of 3 tasks");
  });

  it("has a name for a run whose goal text is not at hand", () => {
    expect(rowOf({ ...working, title: "" }).label).toBe("Run without a goal text");
  });

  it("keeps its id while its state changes", () => {
    expect(rowOf(working).id).toBe(rowOf(done).id);
  });
});

describe("sortedRuns", () => {
  it("puts the newest first over all folders", () => {
    const older = { workspaceId, folder: "a", run: summaryOf(working) };
    const newer = { ...older, folder: "b", run: { ...older.run, createdAt: "2027-01-01T00:00:00.000Z" } };
    expect(sortedRuns([older, newer]).map(({ folder }) => folder)).toEqual(["b", "a"]);
  });
});

describe("phaseRows", () => {
  it("shows passed phases with their time, the open one open, and the next ones waiting", () => {
    const rows = phaseRows(workspaceId, working, language);
    expect(rows.map(({ label, description, expands }) => [label, description, expands])).toEqual([
      ["research", "2s", "never"],
      ["analysis", "working", "open"],
      ["delivery", "", "never"],
    ]);
  });

  it("tells in the tooltip which criterion was not met", () => {
    const [, analysis] = phaseRows(workspaceId, failed, language);
    expect(analysis?.tooltip).toBe("analysis · failed\nnot met: 1 of 3 tasks failed");
  });

  it("does not turn a spinner for a run that no longer works", () => {
    const [, analysis] = phaseRows(workspaceId, { ...working, status: "interrupted" }, language);
    expect(analysis).toMatchObject({ description: "interrupted", icon: { name: "debug-pause" } });
  });
});

describe("taskRows", () => {
  it("says who does it, how long it took and what it waits for", () => {
    const rows = taskRows(workspaceId, working, "analysis", language);
    expect(rows.map(({ label, description }) => [label, description])).toEqual([
      ["Read the history", "CodeBaseAnalyzer · 2s"],
      ["Analyze the code", "CodeBaseAnalyzer"],
      ["Rank the findings", "CodeBaseAnalyzer · after Analyze the code"],
    ]);
  });

  it("shows why a task failed", () => {
    const rows = taskRows(workspaceId, failed, "analysis", language);
    expect(rows[1]?.description).toBe("CodeBaseAnalyzer · 3s · No metrics");
  });
});

describe("countsText", () => {
  it.each([
    [{ error: 0, warning: 0, info: 0 }, "no findings"],
    [{ error: 1, warning: 1, info: 1 }, "1 error · 1 warning · 1 note"],
    [{ error: 0, warning: 1_200, info: 0 }, "1,200 warnings"],
  ])("%o is %s", (counts, text) => {
    expect(countsText(counts, language)).toBe(text);
  });
});
