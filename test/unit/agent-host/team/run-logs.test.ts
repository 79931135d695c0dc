import { expect, it } from "vitest";
import { disposable } from "../../../../agent-host/core/disposable.ts";
import type { Entry } from "../../../../agent-host/protocol/journal.ts";
import { RunLogs } from "../../../../agent-host/team/run-logs.ts";
import { delivered, runId, working } from "../../../support/run-fixture.ts";

function logsWith(given: { while?: (publish: (entry: Entry) => void) => Promise<void> }): RunLogs {
  const listeners = new Set<(entry: Entry) => void>();
  const publish = (entry: Entry): void => {
    for (const listener of listeners) listener(entry);
  };
  return new RunLogs({
    journal: {
      append: async () => [],
      subscribe: (listener) => {
        listeners.add(listener);
        return disposable(() => void listeners.delete(listener));
      },
    },
    blobs: { put: async () => ({ blob: "", size: 0 }), get: async () => Buffer.alloc(0) },
    store: {
      runState: async () => {
        await given.while?.(publish);
        return working;
      },
    },
  });
}

it("folds what became durable while the state was looked up, once", async () => {
  const before = delivered(working.lastSeq, "run.paused", { reason: "is in the state already" }).entry;
  const meanwhile = delivered(working.lastSeq + 1, "run.waiting", { for: ["g-review-1"] }).entry;
  const logs = logsWith({
    while: async (publish) => {
      publish(before);
      publish(meanwhile);
    },
  });
  const log = await logs.open(runId);
  expect(log.state).toMatchObject({ status: "waiting", waitingFor: ["g-review-1"], lastSeq: meanwhile.seq });
});

it("passes over the entries of other runs", async () => {
  const other = delivered(99, "run.waiting", { for: [] }, { runId: "r-other" }).entry;
  const log = await logsWith({ while: async (publish) => publish(other) }).open(runId);
  expect(log.state).toEqual(working);
});

it("does one thing at a time to a run, also after one that failed", async () => {
  const logs = logsWith({});
  const order: string[] = [];
  const act = (name: string, fails = false) =>
    logs.inTurn(runId, async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
    });
  const [first] = await Promise.allSettled([act("first", true), act("second")]);
  expect(first).toMatchObject({ status: "rejected" });
  expect(order).toEqual(["first begins", "first ends", "second begins", "second ends"]);
});
