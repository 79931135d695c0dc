import { describe, expect, it } from "vitest";
import type { Model, ModelRequest } from "../../../../agent-host/models/model.ts";
import { ModelError } from "../../../../agent-host/models/model-error.ts";
import { BudgetBook } from "../../../../agent-host/team/budget-book.ts";
import { type CallPlace, ModelCalls, settleLostCalls } from "../../../../agent-host/team/model-calls.ts";
import { calls as toolCalls, words } from "../../../support/memory-desk.ts";
import {
  chainOf,
  coder,
  hostActor,
  modelOf,
  never,
  settle,
  type TeamRun,
  teamRun,
} from "../../../support/team-run.ts";

const place: CallPlace = {
  taskId: "t-a",
  attempt: 1,
  turn: 1,
  actor: coder,
  promptChecksum: "d".repeat(64),
  heardSeq: 0,
};
const request: ModelRequest = {
  agentType: "back-end-coder",
  taskType: "implementation.code",
  system: "s",
  messages: [{ role: "user", text: "Do it" }],
  tools: [],
  maxOutputTokens: 100,
};

function callsOf(run: TeamRun, ...models: Model[]): ModelCalls {
  return new ModelCalls({
    setup: run.setup,
    models: chainOf(...(models.length === 0 ? [modelOf([])] : models)),
    budget: new BudgetBook(run.log, () => 0),
  });
}

/** Moves time on until the call has ended. */
async function waitedOut<T>(run: TeamRun, work: Promise<T>): Promise<T> {
  let isOpen = true;
  const ended = work.finally(() => {
    isOpen = false;
  });
  ended.catch(() => undefined);
  while (isOpen) {
    await settle();
    run.clock.advance(60_000);
  }
  return await ended;
}

describe("ModelCalls", () => {
  it("has the answer durable before it hands it out, and what was set aside is settled", async () => {
    const run = await teamRun();
    const answer = await callsOf(run, modelOf([words("hello")])).ask(
      { request, said: request.messages, place },
      () => undefined,
      never,
    );
    expect(answer.text).toBe("hello");
    const [data] = run.dataOf("model.answered");
    expect(JSON.parse(await run.log.recall(data?.message?.blob ?? ""))).toEqual(words("hello"));
    expect(run.log.state.budget).toMatchObject({ spent: { tokens: 15, modelCalls: 1 }, reserved: {} });
  });

  it("journals what it is about to ask, with the worst case, before the model is asked", async () => {
    const run = await teamRun();
    const model = modelOf([
      async () => {
        expect(run.dataOf("model.requested")).toMatchObject([
          { model: "test-model", reserved: { tokens: 100, usd: 0, modelCalls: 1 } },
        ]);
        return { message: words("hello"), usage: { inputTokens: 1, outputTokens: 1, costUsd: 0 } };
      },
    ]);
    await callsOf(run, model).ask({ request, said: request.messages, place }, () => undefined, never);
    expect(run.dataOf("model.answered")).toHaveLength(1);
  });

  it("keeps what was said since the last answer, and no tool results", async () => {
    const run = await teamRun();
    const messages = [
      ...request.messages,
      toolCalls("read_file"),
      { role: "tool" as const, results: [] },
      { role: "user" as const, text: "and faster" },
    ];
    const model = modelOf([words("hello")]);
    await callsOf(run, model).ask(
      { request: { ...request, messages }, said: messages, place: { ...place, turn: 2 } },
      () => undefined,
      never,
    );
    const [data] = run.dataOf("model.requested");
    expect(JSON.parse(await run.log.recall(data?.said?.blob ?? ""))).toEqual([
      { role: "user", text: "and faster" },
    ]);
  });

  it("asks no model when the budget leaves no room", async () => {
    const run = await teamRun({ budget: { tokens: 99 } });
    await expect(
      callsOf(run).ask({ request, said: request.messages, place }, () => undefined, never),
    ).rejects.toMatchObject({
      code: "budget.exhausted",
    });
    expect(run.dataOf("model.requested")).toEqual([]);
  });

  it("tries again where that may help, charging nothing for a call that was never taken", async () => {
    const run = await teamRun();
    const model = modelOf([new ModelError("model.overloaded", "busy", { retry: "free" }), words("hello")]);
    const answer = await waitedOut(
      run,
      callsOf(run, model).ask({ request, said: request.messages, place }, () => undefined, never),
    );
    expect(answer.text).toBe("hello");
    expect(run.dataOf("model.answered")).toMatchObject([
      { problem: "model.overloaded", usage: { inputTokens: 0 } },
      { usage: { inputTokens: 10 } },
    ]);
    expect(run.log.state.budget.spent.tokens).toBe(15);
  });

  it("gives up after seven tries", async () => {
    const run = await teamRun();
    const busy = new ModelError("model.overloaded", "busy", { retry: "free" });
    const asking = callsOf(run, modelOf(Array.from({ length: 7 }, () => busy))).ask(
      { request, said: request.messages, place },
      () => undefined,
      never,
    );
    await expect(waitedOut(run, asking)).rejects.toBe(busy);
    expect(run.dataOf("model.requested")).toHaveLength(7);
    expect(run.log.state.budget.reserved).toEqual({});
  });

  it("asks the next model after five tries", async () => {
    const run = await teamRun();
    const busy = new ModelError("model.overloaded", "busy", { retry: "free" });
    const first = modelOf(Array.from({ length: 5 }, () => busy));
    const asking = callsOf(run, first, modelOf([words("hello")])).ask(
      { request, said: request.messages, place },
      () => undefined,
      never,
    );
    await expect(waitedOut(run, asking)).resolves.toMatchObject({ text: "hello" });
    expect(run.dataOf("model.requested")).toHaveLength(6);
  });

  it("passes over a model that was out of reach for a minute, and then asks it again", async () => {
    const run = await teamRun();
    const down = new ModelError("model.overloaded", "overloaded", { retry: "free" });
    const first = modelOf([...Array.from({ length: 5 }, () => down), words("back")], { name: "first" });
    const calls = callsOf(run, first, modelOf([words("one"), words("two")], { name: "second" }));
    const ask = async (): Promise<string> => {
      const call = { request, said: request.messages, place };
      return (await calls.ask(call, () => undefined, never)).text;
    };
    const answer = ask();
    for (const failed of [1, 2, 3, 4]) {
      await run.seen("model.answered", failed);
      await settle();
      run.clock.advance(4_000);
    }
    expect(await answer).toBe("one");
    expect(await ask()).toBe("two");
    run.clock.advance(60_000);
    expect(await ask()).toBe("back");
  });

  it("waits as long as the other side asks for, and not at all for longer than a minute", async () => {
    const run = await teamRun();
    const later = new ModelError("model.rateLimited", "slow down", { retry: "free", retryAfterMs: 600_000 });
    await expect(
      callsOf(run, modelOf([later])).ask({ request, said: request.messages, place }, () => undefined, never),
    ).rejects.toBe(later);
    const soon = new ModelError("model.rateLimited", "slow down", { retry: "free", retryAfterMs: 30_000 });
    const asking = callsOf(run, modelOf([soon, words("hello")])).ask(
      { request, said: request.messages, place: { ...place, turn: 2 } },
      () => undefined,
      never,
    );
    await run.seen("model.answered", 2);
    await settle();
    run.clock.advance(29_999);
    await settle();
    expect(run.dataOf("model.requested")).toHaveLength(2);
    run.clock.advance(1);
    await expect(asking).resolves.toMatchObject({ text: "hello" });
  });

  it("charges all that was set aside for a call that was cut off in the middle", async () => {
    const run = await teamRun();
    const model = modelOf([new ModelError("model.cut", "cut", { retry: "paid" }), words("hello")]);
    await waitedOut(
      run,
      callsOf(run, model).ask({ request, said: request.messages, place }, () => undefined, never),
    );
    expect(run.log.state.budget.spent).toMatchObject({ tokens: 115, modelCalls: 2 });
  });

  it("tries once more, not oftener, what may be charged, and then asks the next model", async () => {
    const run = await teamRun();
    const cut = new ModelError("model.cut", "cut", { retry: "paid" });
    const [first, second] = [
      modelOf([cut, cut], { name: "a:first" }),
      modelOf([words("hello")], { name: "a:second" }),
    ];
    const answer = await waitedOut(
      run,
      callsOf(run, first, second).ask({ request, said: request.messages, place }, () => undefined, never),
    );
    expect(answer.text).toBe("hello");
    expect(run.dataOf("model.requested").map(({ model }) => model)).toEqual([
      "a:first",
      "a:first",
      "a:second",
    ]);
  });

  it("charges what the endpoint reported before it failed", async () => {
    const run = await teamRun();
    const usage = { inputTokens: 40, outputTokens: 2, costUsd: 0.5 };
    const cut = new ModelError("model.cut", "cut", { retry: "paid", usage });
    await waitedOut(
      run,
      callsOf(run, modelOf([cut, words("hello")])).ask(
        { request, said: request.messages, place },
        () => undefined,
        never,
      ),
    );
    expect(run.dataOf("model.answered")[0]).toMatchObject({ problem: "model.cut", usage });
    expect(run.log.state.budget.spent.tokens).toBe(42 + 15);
  });

  it("says so where no model is left to ask", async () => {
    const run = await teamRun();
    const deaf = modelOf([], { serves: () => false });
    await expect(
      callsOf(run, deaf).ask({ request, said: request.messages, place }, () => undefined, never),
    ).rejects.toMatchObject({ code: "model.none" });
  });

  it("does not try again what would fail again, nor after the run stopped", async () => {
    const run = await teamRun();
    const refused = new ModelError("model.refused", "no");
    await expect(
      callsOf(run, modelOf([refused])).ask(
        { request, said: request.messages, place },
        () => undefined,
        never,
      ),
    ).rejects.toBe(refused);
    const stop = new AbortController();
    const busy = new ModelError("model.overloaded", "busy", { retry: "free" });
    const asking = callsOf(run, modelOf([busy])).ask(
      { request, said: request.messages, place: { ...place, turn: 2 } },
      () => undefined,
      stop.signal,
    );
    const told = expect(asking).rejects.toThrow("stop");
    await run.seen("model.answered", 2);
    await settle();
    stop.abort(new Error("stop"));
    await told;
  });

  it("takes an unknown price for none", async () => {
    const run = await teamRun({ budget: { usd: 0 } });
    const model = modelOf([words("hello")], { worstCase: () => ({ tokens: 5, costUsd: null }) });
    await callsOf(run, model).ask({ request, said: request.messages, place }, () => undefined, never);
    expect(run.dataOf("model.requested")[0]?.reserved).toEqual({ tokens: 5, usd: 0, modelCalls: 1 });
  });
});

describe("settleLostCalls", () => {
  it("counts all that was set aside as spent, for the very call", async () => {
    const run = await teamRun();
    const reserved = { tokens: 100, usd: 0.5, modelCalls: 1 };
    const data = { attempt: 2, turn: 3, model: "m", promptChecksum: "d".repeat(64), reserved };
    await run.record({ type: "model.requested", taskId: "t-a", actor: coder, data });
    await run.record(...settleLostCalls(run.log.state.budget.reserved, hostActor));
    expect(run.dataOf("model.answered")).toMatchObject([{ attempt: 2, turn: 3, problem: "model.lost" }]);
    expect(run.log.state.budget).toMatchObject({ spent: reserved, reserved: {} });
  });

  it("has nothing to settle where no call was under way", () => {
    expect(settleLostCalls({}, hostActor)).toEqual([]);
  });
});
