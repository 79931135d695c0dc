import { describe, expect, it } from "vitest";
import type { ToTaskView } from "../../../../agent-host/protocol/task-view.ts";
import {
  emptyTaskState,
  maxKeptMessages,
  missingPages,
  reduceTask,
  type TaskViewState,
} from "../../../../webview-ui/task/task-state.ts";
import { message, task } from "./task-fixture.ts";

function stateAfter(...messages: ToTaskView[]): TaskViewState {
  return messages.reduce(reduceTask, emptyTaskState);
}

function told(total: number, from: number, to: number): ToTaskView {
  const messages = Array.from({ length: to - from }, (_, at) => message(from + at, "assistant"));
  return { kind: "messages", total, messages, settled: -1 };
}

describe("what the task page knows", () => {
  it("is its messages by index, and which pages of those in sight are missing", () => {
    const state = stateAfter({ kind: "task", task }, told(1_000, 900, 1_000));
    expect([state.total, state.messages.size]).toEqual([1_000, 100]);
    expect(missingPages(state, { from: 850, to: 1_000 })).toEqual([900]);
    expect(missingPages(state, { from: 150, to: 310 })).toEqual([200, 300, 400]);
    expect(missingPages(state, { from: 900, to: 1_100 })).toEqual([]);
  });

  it("asks for the last page as far as it goes", () => {
    expect(missingPages(stateAfter(told(950, 0, 1)), { from: 940, to: 950 })).toEqual([950]);
  });

  it("keeps a bounded number of messages, those near what was told last", () => {
    let state = stateAfter(told(10_000, 9_900, 10_000));
    for (let from = 0; from < maxKeptMessages; from += 100)
      state = reduceTask(state, told(10_000, from, from + 100));
    expect(state.messages.size).toBe(maxKeptMessages);
    expect([state.messages.has(9_950), state.messages.has(maxKeptMessages - 1)]).toEqual([false, true]);
  });

  it("says that words are sent until the agent heard them", () => {
    const sending = {
      ...stateAfter({ kind: "task", task }, told(2, 0, 2)),
      draft: "Faster",
      steering: "sending" as const,
    };
    const queued = reduceTask(sending, { kind: "steered" });
    expect([queued.steering, queued.draft]).toEqual(["queued", ""]);
    const answered = reduceTask(queued, told(3, 2, 3));
    expect(answered.steering).toBe("queued");
    const heard: ToTaskView = { kind: "messages", total: 4, messages: [message(3, "user")], settled: 0 };
    expect(reduceTask(answered, heard).steering).toBe("none");
  });

  it("keeps the words when the host does not take them", () => {
    const sending = { ...stateAfter({ kind: "task", task }), draft: "Faster", steering: "sending" as const };
    const problem = { message: "No", hint: null, code: "run.ended" };
    expect(reduceTask(sending, { kind: "problem", problem })).toMatchObject({
      draft: "Faster",
      steering: "none",
      problem,
    });
  });
});
