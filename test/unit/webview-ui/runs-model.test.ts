import { describe, expect, it } from "vitest";
import { maxRunLines, runDaysOf } from "../../../webview-ui/runs-model.ts";
import { done, failed, startMs, type working, workspaceId } from "../../support/run-fixture.ts";
import { language, reset, stateAfter } from "./team-fixture.ts";

function runAt(runId: string, daysAgo: number, more: Partial<typeof working> = {}) {
  const createdMs = startMs - daysAgo * 86_400_000;
  return {
    ...done,
    runId,
    createdAt: new Date(createdMs).toISOString(),
    finishedAt: new Date(createdMs + 62_000).toISOString(),
    ...more,
  };
}

describe("runDaysOf", () => {
  it("groups by day, newest first, in words for a week and then by date", () => {
    const runs = [runAt("r-a", 0), runAt("r-b", 1), runAt("r-c", 3), runAt("r-d", 30)];
    const days = runDaysOf(stateAfter(reset(runs, null)), "", language);
    expect(days.map(({ day }) => day)).toEqual(["Today", "Yesterday", "Sunday", "February 2, 2026"]);
  });

  it("says what was found and how long it took, or how it ended", () => {
    const days = runDaysOf(
      stateAfter(reset([runAt("r-a", 0), { ...failed, runId: "r-f" }], null)),
      "",
      language,
    );
    expect(days[0]?.lines.map(({ detail }) => detail).sort()).toEqual(["1 error · 1m 02s", "failed"]);
  });

  it("finds runs by all words of a search, in any case", () => {
    const state = stateAfter(reset([runAt("r-a", 0), runAt("r-b", 0, { title: "Secrets" })], null));
    const found = (search: string) => runDaysOf(state, search, language).flatMap(({ lines }) => lines).length;
    expect(found("HARD code")).toBe(1);
    expect(found("hard secrets")).toBe(0);
    expect(found(" ")).toBe(2);
  });

  it("names the folder where the window has several", () => {
    const state = stateAfter(reset([runAt("r-a", 0)], null));
    const folders = [
      ...state.folders,
      { workspaceId: "f".repeat(16), name: "other", link: { kind: "idle" } as const },
    ];
    const [day] = runDaysOf({ ...state, folders }, "", language);
    expect(day?.lines[0]).toMatchObject({
      detail: "shop · 1 error · 1m 02s",
      ref: { workspaceId, runId: "r-a" },
    });
  });

  it("puts a bounded number of lines into the page", () => {
    const runs = Array.from({ length: maxRunLines + 20 }, (_, index) => runAt(`r-${index}`, 0));
    const lines = runDaysOf(stateAfter(reset(runs, null)), "", language).flatMap((day) => day.lines);
    expect(lines).toHaveLength(maxRunLines);
  });
});
