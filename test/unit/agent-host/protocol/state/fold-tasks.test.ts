import { describe, expect, it } from "vitest";
import type { DeliveredEntry } from "../../../../../agent-host/protocol/methods.ts";
import { delivered, finishedTask, fold, planned, workingEntries } from "../../../../support/run-fixture.ts";

function folded(...entries: DeliveredEntry[]) {
  return fold([...workingEntries, ...entries]);
}

function started(seq: number, taskId: string, attempt: number, seconds = seq): DeliveredEntry {
  return delivered(seq, "task.started", { agentId: "a-1", attempt }, { taskId, seconds });
}

const usage = { inputTokens: 3, outputTokens: 2, costUsd: 0 };

function answered(seq: number, attempt: number, turn: number): DeliveredEntry {
  const data = { attempt, turn, usage, message: { blob: "a".repeat(64), size: 1 } };
  return delivered(seq, "model.answered", data, { taskId: "t-code" });
}

function failed(seq: number, taskId: string, retries: boolean): DeliveredEntry {
  const { entry, texts } = finishedTask(seq, taskId, "failed", "broke");
  return { entry: { ...entry, data: { ...entry.data, retries } }, texts };
}

describe("tasks folded from entries", () => {
  it("counts what is planned and what has ended", () => {
    expect(folded().tasks).toEqual({ total: 3, finished: 1 });
    expect(folded(finishedTask(20, "t-code")).tasks).toEqual({ total: 3, finished: 2 });
  });

  it("counts a task that is planned anew once, and as open", () => {
    const state = folded(planned(20, "t-history", "Read the history"));
    expect(state.tasks).toEqual({ total: 3, finished: 0 });
    expect(state.tasksById["t-history"]).toMatchObject({ status: "planned", attempt: 0 });
  });

  it("counts a task as ended while its next attempt has not begun, and as open then", () => {
    const retried = failed(20, "t-code", true);
    expect(folded(retried)).toMatchObject({ tasks: { finished: 2 } });
    expect(folded(retried).tasksById["t-code"]).toMatchObject({ status: "failed", retries: true });
    const again = folded(retried, started(21, "t-code", 2));
    expect(again.tasks).toEqual({ total: 3, finished: 1 });
    expect(again.tasksById["t-code"]).toMatchObject({ status: "working", attempt: 2, retries: false });
  });

  it("ends a task once, however often that is told", () => {
    const state = folded(finishedTask(20, "t-code"), finishedTask(21, "t-code"));
    expect(state.tasks.finished).toBe(2);
  });

  it("keeps start and turns of an attempt that is resumed, and begins a new one anew", () => {
    const before = folded(started(20, "t-code", 1), answered(21, 1, 1), answered(22, 1, 2));
    const resumed = folded(started(20, "t-code", 1), answered(21, 1, 2), started(30, "t-code", 1));
    expect(before.tasksById["t-code"]?.turns).toBe(2);
    expect(resumed.tasksById["t-code"]).toMatchObject({ turns: 2 });
    expect(resumed.tasksById["t-code"]?.startedAt).toBe(before.tasksById["t-code"]?.startedAt);
    const anew = folded(started(20, "t-code", 1), answered(21, 1, 2), started(30, "t-code", 2));
    expect(anew.tasksById["t-code"]).toMatchObject({ turns: 0, attempt: 2 });
    expect(anew.tasksById["t-code"]?.startedAt).not.toBe(before.tasksById["t-code"]?.startedAt);
  });

  it("counts no turn for an answer of an earlier attempt", () => {
    const state = folded(started(20, "t-code", 2), answered(21, 1, 7));
    expect(state.tasksById["t-code"]?.turns).toBe(0);
  });

  it("shows why a task was refused, and counts it as ended", () => {
    const reason = { blob: "a".repeat(64), size: 5 };
    const data = { rule: "agent.capability", reason };
    const state = folded(delivered(20, "task.refused", data, { taskId: "t-rank" }));
    expect(state.tasksById["t-rank"]).toMatchObject({
      status: "refused",
      summary: "Where is this code hard to change?",
    });
    expect(state.tasks.finished).toBe(2);
  });

  it("changes nothing for a plan that was refused as a whole, or a task it does not know", () => {
    const data = { rule: "plan.acyclic", reason: { blob: "a".repeat(64), size: 5 } };
    const state = folded();
    const { tasks, tasksById } = folded(delivered(20, "task.refused", data), started(21, "t-unknown", 1));
    expect({ tasks, tasksById }).toEqual({ tasks: state.tasks, tasksById: state.tasksById });
  });
});
