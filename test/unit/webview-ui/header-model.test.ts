import { describe, expect, it } from "vitest";
import { headerOf } from "../../../webview-ui/header-model.ts";
import { done, startMs, working } from "../../support/run-fixture.ts";
import { language, live } from "./team-fixture.ts";

const lostAt = new Date(startMs + 20_000).toISOString();
const stopped = { kind: "stopped", message: "It ended", hint: null, lostAt } as const;

describe("headerOf", () => {
  it("holds the facts of a working run", () => {
    expect(headerOf(working, live, language)).toMatchObject({
      title: "Where is this code hard to change?",
      mark: "working",
      phase: "analysis",
      position: "phase 2 of 3",
      time: "1m 14s",
      findings: "1 error · 2 warnings",
      cost: "no model, no cost",
      canCancel: true,
      canResume: false,
      asOf: null,
    });
  });

  it("has a segment per phase", () => {
    expect(headerOf(working, live, language).segments.map(({ mark }) => mark)).toEqual([
      "passed",
      "working",
      "waiting",
    ]);
  });

  it("stamps what stands here and turns off what needs the host while it is gone", () => {
    const header = headerOf(working, stopped, language);
    expect(header.asOf).toMatch(/^As of \d\d:\d\d:20$/);
    expect(header).toMatchObject({ mark: "paused", time: "19s", canCancel: false, canResume: false });
  });

  it("does not stamp a finished run, which does not grow old", () => {
    expect(headerOf(done, stopped, language)).toMatchObject({ asOf: null, time: "17s", mark: "passed" });
  });

  it("offers to resume an interrupted run, and claims no time for it", () => {
    const header = headerOf({ ...working, status: "interrupted" }, { kind: "idle" }, language);
    expect(header).toMatchObject({ canResume: true, canCancel: false, time: "", phase: "interrupted" });
  });
});
