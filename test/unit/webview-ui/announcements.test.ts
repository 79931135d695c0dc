import { describe, expect, it } from "vitest";
import { type Announcement, announcementOf } from "../../../webview-ui/announcements.ts";
import { Announcer } from "../../../webview-ui/announcer.ts";
import type { TeamState } from "../../../webview-ui/team-state.ts";
import { reduceTeam } from "../../../webview-ui/team-state.ts";
import { delivered, failed, failedEntries, runId, working, workspaceId } from "../../support/run-fixture.ts";
import { foldables, language, reset, stateAfter } from "./team-fixture.ts";

const before = stateAfter(reset([working], working));

function stateWith(...entries: Parameters<typeof foldables>[0]): TeamState {
  return reduceTeam(before, { kind: "entries", workspaceId, runId, entries: foldables(entries) });
}

function told(state: TeamState): string | undefined {
  return announcementOf(before, state, language)?.text;
}

describe("announcementOf", () => {
  it("tells that an agent finished, with what came out", () => {
    expect(told(stateWith(...failedEntries.slice(13, 14)))).toBe("CodeBaseAnalyzer finished: No metrics");
  });

  it("tells that a phase passed, failed or began", () => {
    const gate = (decision: string) =>
      delivered(14, "gate.decided", { phase: "analysis", decision, criteria: [] });
    expect(told(stateWith(gate("passed")))).toBe("Phase analysis passed");
    expect(told(stateWith(gate("failed")))).toBe("Phase analysis failed");
    const entered = delivered(14, "phase.entered", { phase: "delivery", index: 3, of: 3 });
    expect(told(stateWith(entered))).toBe("Phase delivery started");
  });

  it("tells how a run ended before anything else", () => {
    expect(told(stateWith(...failedEntries.slice(13)))).toBe("Run failed. 1 error · 2 warnings");
  });

  it("tells nothing of ticking numbers, or of a run that was only opened", () => {
    const progress = { workspaceId, runId, taskId: "t-code", stage: "Parsing", done: 3, total: 9 };
    expect(told(reduceTeam(before, { kind: "progress", progress }))).toBeUndefined();
    expect(
      announcementOf(stateAfter(reset([], null)), stateAfter(reset([failed], failed)), language),
    ).toBeNull();
  });

  it("interrupts when the host stops for good", () => {
    const link = { kind: "stopped", message: "", hint: null, lostAt: working.createdAt } as const;
    const gone = reduceTeam(before, {
      kind: "folders",
      trusted: true,
      folders: [{ workspaceId, name: "shop", link }],
    });
    expect(announcementOf(before, gone, language)).toEqual({ text: "The host stopped", assertive: true });
  });
});

describe("Announcer", () => {
  function announcer() {
    const spoken: Announcement[] = [];
    const later: (() => void)[] = [];
    let nowMs = 0;
    const subject = new Announcer((each) => spoken.push(each), {
      nowMs: () => nowMs,
      later: (act, ms) =>
        later.push(() => {
          nowMs += ms;
          act();
        }),
    });
    const wake = () => {
      for (const act of later.splice(0)) act();
    };
    return { subject, spoken, wake };
  }

  it("speaks at once, then at most every two seconds, the newest state winning", () => {
    const { subject, spoken, wake } = announcer();
    for (const text of ["one", "two", "three"]) subject.announce({ text, assertive: false });
    expect(spoken.map(({ text }) => text)).toEqual(["one"]);
    wake();
    expect(spoken.map(({ text }) => text)).toEqual(["one", "three"]);
  });

  it("never holds back what needs a person", () => {
    const { subject, spoken } = announcer();
    subject.announce({ text: "one", assertive: false });
    subject.announce({ text: "now", assertive: true });
    expect(spoken.map(({ text }) => text)).toEqual(["one", "now"]);
  });
});
