import { describe, expect, it } from "vitest";
import { exitCodeOf, runStopOf } from "../../../../agent-host/cli/run-stop.ts";
import { stopText } from "../../../../agent-host/cli/stop-text.ts";
import type { RunState } from "../../../../agent-host/protocol/state/schemas.ts";
import { working } from "../../../support/run-fixture.ts";

function exitCode(change: Partial<RunState>): number | null {
  const stop = runStopOf({ ...working, ...change });
  return stop === null ? null : exitCodeOf(stop);
}

describe("where a command leaves a run", () => {
  it("stays while the run works, or is between two hosts", () => {
    expect(exitCode({})).toBeNull();
    expect(exitCode({ status: "interrupted" })).toBeNull();
    expect(exitCode({ status: "paused", pauseCause: "host" })).toBeNull();
    expect(exitCode({ status: "paused", pauseCause: "storage" })).toBeNull();
    expect(exitCode({ status: "paused", pauseCause: null })).toBeNull();
  });

  it("takes the exit code of the run's end", () => {
    const finishedAt = working.createdAt;
    expect(exitCode({ status: "done", finishedAt, exitCode: 0 })).toBe(0);
    expect(exitCode({ status: "failed", finishedAt, exitCode: 3 })).toBe(3);
    expect(exitCode({ status: "failed", finishedAt, exitCode: 4 })).toBe(4);
    expect(exitCode({ status: "cancelled", finishedAt, exitCode: 130 })).toBe(130);
    expect(exitCode({ status: "failed", finishedAt, exitCode: null })).toBe(1);
  });

  it("leaves with 6 what waits for a person, and with 4 what has used up its budget", () => {
    expect(exitCode({ status: "waiting", waitingFor: ["g-review-1"] })).toBe(6);
    expect(exitCode({ status: "paused", pauseCause: "approval" })).toBe(6);
    expect(exitCode({ status: "paused", pauseCause: "asked" })).toBe(6);
    expect(exitCode({ status: "paused", pauseCause: "conflict" })).toBe(6);
    expect(exitCode({ status: "paused", pauseCause: "budget" })).toBe(4);
  });
});

describe("what is said then", () => {
  function said(change: Partial<RunState>, workspace = "."): string {
    const stop = runStopOf({ ...working, ...change });
    return stop === null ? "" : stopText(stop, workspace);
  }

  it("names each id on a line of its own, with the command that answers it", () => {
    const text = said({ status: "waiting", waitingFor: ["g-review-1", "a-7f3a"] });
    expect(text.split("\n")).toContain(
      `  g-review-1  agent-team gates approve g-review-1 --run ${working.runId}`,
    );
    expect(text.split("\n")).toContain("  a-7f3a  agent-team gates approve a-7f3a");
    expect(text).toContain(`agent-team runs resume ${working.runId}`);
  });

  it("names the workspace the command was called with, fit for a shell", () => {
    expect(said({ status: "waiting", waitingFor: ["a-1"] }, "it's here")).toContain(
      "gates approve a-1 --workspace 'it'\\''s here'",
    );
  });

  it("tells what a budget reached and the one command to go on", () => {
    const budget: RunState["budget"] = {
      limits: { tokens: null, usd: 0.5, minutes: 10, complexity: null, modelCalls: 7 },
      spent: { tokens: 1_200, usd: 0.48, modelCalls: 6 },
      reserved: { "t-code/1/2": { tokens: 100, usd: 0.01, modelCalls: 1 } },
      warned: ["usd"],
      exhausted: "usd",
    };
    const text = said({ status: "paused", pauseCause: "budget", budget });
    expect(text).toContain("0.48 spent, 0.01 reserved, of 0.50  used up");
    expect(text).toContain(`agent-team runs resume ${working.runId} --budget-usd N`);
    const calls = { ...budget, exhausted: "modelCalls" };
    expect(said({ status: "paused", pauseCause: "budget", budget: calls })).toContain("--budget-calls N");
  });
});
