import { describe, expect, it } from "vitest";
import type { DeliveredEntry } from "../../../../../agent-host/protocol/methods.ts";
import { reduceRun } from "../../../../../agent-host/protocol/state/run-reducer.ts";
import { delivered, fold, runId, workingEntries } from "../../../../support/run-fixture.ts";

const blob = { blob: "a".repeat(64), size: 10 };
const digest = "a".repeat(64);

function folded(...entries: DeliveredEntry[]) {
  return fold([...workingEntries, ...entries]);
}

describe("a run folded from its entries", () => {
  it("ignores an entry it has already, and one of another run", () => {
    const state = folded();
    const [again] = workingEntries.slice(-1);
    expect(reduceRun(state, again?.entry ?? missing(), {})).toBe(state);
    const other = delivered(50, "run.paused", { reason: "x" }, { runId: "r-other-1" });
    expect(reduceRun(state, other.entry, {})).toBe(state);
    const nobodys = delivered(50, "run.paused", { reason: "x" }, { runId: null });
    expect(reduceRun(state, nobodys.entry, {})).toBe(state);
  });

  it("changes nothing for a type or data it does not know", () => {
    const state = folded();
    expect(reduceRun(state, delivered(50, "moon.rose", {}).entry, {})).toBe(state);
    expect(reduceRun(state, delivered(50, "run.paused", { mood: "bad" }).entry, {})).toBe(state);
  });

  it("starts with nothing but the entry that creates it", () => {
    expect(reduceRun(undefined, delivered(1, "run.paused", { reason: "x" }).entry, {})).toBeUndefined();
  });

  it("keeps its first creation", () => {
    const second = { goal: blob, profile: "full", provider: "scripted" };
    expect(folded(delivered(50, "run.created", second)).profile).toBe("analysis");
  });

  it("says why it is paused, until it is resumed", () => {
    const paused = delivered(50, "run.paused", { reason: "no money", cause: "budget" });
    expect(folded(paused)).toMatchObject({ status: "paused", reason: "no money", pauseCause: "budget" });
    const resumed = folded(paused, delivered(51, "run.resumed", { reason: "more" }));
    expect(resumed).toMatchObject({ status: "running", reason: null, pauseCause: null });
  });

  it("waits for nobody once it has finished", () => {
    const request = { approvalId: "a-1", kind: "toolCall", tool: "run_command", risk: "high" };
    const finish = { status: "cancelled", exitCode: 130, report: null, usage: zeroUsage };
    const state = folded(
      delivered(50, "approval.requested", { ...request, subject: blob, digest, limitMs: 1 }),
      delivered(51, "run.waiting", { for: ["a-1"] }),
      delivered(52, "run.finished", finish),
    );
    expect(state).toMatchObject({ waits: 0, waitingFor: [], status: "cancelled", exitCode: 130 });
  });

  it("keeps the newest hundred words of people", () => {
    const steered = Array.from({ length: 120 }, (_, index) =>
      delivered(50 + index, "run.steered", { message: blob }, { taskId: "t-code" }),
    );
    const { steering } = folded(...steered);
    expect(steering).toHaveLength(100);
    expect(steering.at(0)?.seq).toBe(70);
    expect(steering.at(-1)).toMatchObject({ seq: 169, taskId: "t-code" });
  });

  it("is the run the entries belong to", () => {
    expect(folded().runId).toBe(runId);
  });
});

const zeroUsage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };

function missing(): never {
  throw new Error("there is an entry");
}
