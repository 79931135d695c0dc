import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { pauseAfter, pauseBy, stopOf } from "../../../../agent-host/team/run-stop.ts";

describe("pauseAfter", () => {
  it("pauses for want of money or of an answer, in words without a file", () => {
    expect(pauseAfter(new HostError("budget.exhausted", "The budget of 1 usd is used up"))).toEqual({
      kind: "pause",
      cause: "budget",
      reason: "The budget of 1 usd is used up",
    });
    expect(pauseAfter(new HostError("approval.timeout", "Nobody answered a-1"))).toMatchObject({
      cause: "approval",
    });
  });

  it("keeps the files that stand in the way out of the reason", () => {
    expect(pauseAfter(new HostError("apply.conflict", "src/secret.ts changed since the run began"))).toEqual({
      kind: "pause",
      cause: "conflict",
      reason: "The change cannot be applied",
      words: "src/secret.ts changed since the run began",
    });
  });

  it("does not pause after what ends a run", () => {
    expect(pauseAfter(new HostError("plan.refused", "No"))).toBeNull();
    expect(pauseAfter(new Error("a fault"))).toBeNull();
  });
});

describe("stopOf", () => {
  it("keeps a person's words out of the reason of a pause", () => {
    const stop = new AbortController();
    stop.abort(pauseBy("asked", "Bob is on holiday"));
    expect(stopOf(stop.signal)).toEqual({
      kind: "pause",
      cause: "asked",
      reason: "paused by the user",
      words: "Bob is on holiday",
    });
  });
});
