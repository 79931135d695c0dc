import { describe, expect, it } from "vitest";
import type { ModelAnswer } from "../../../agent-host/models/model.ts";
import { ModelError } from "../../../agent-host/models/model-error.ts";
import { eventsOf, frameOf, messageOf } from "../../support/anthropic-mock/answer-events.ts";
import type { MockTurn } from "../../support/anthropic-mock/mock-turn.ts";
import { seededRandom } from "../../support/anthropic-mock/seeded-random.ts";
import { ask, modelOf, startMock } from "./mock-fixture.ts";

const calls = [
  {
    id: "toolu_a",
    name: "write_file",
    input: { path: "ä.ts", text: '"\n\\u0041 🎉', lines: [{}] },
  },
  { id: "toolu_b", name: "run_command", input: { argv: ["rm", "-rf"] } },
];
const allOfIt = "answered with 2 calls, toolUse";
const pieceCharacters = 80;
const turn: MockTurn = { text: "Bäh 🎉", toolCalls: calls, usage: { input: 100, output: 40, cacheRead: 0 } };

describe("a stream with two parallel calls", () => {
  it.each([
    ["cut", 1],
    ["end", 7],
  ] as const)(
    "that is broken (%s) after any %i-th of its bytes gives no call at all",
    async (kind, step) => {
      const length = lengthOf(turn);
      const mock = await startMock({
        answer: ({ number }) => ({ ...turn, fault: { kind, afterBytes: number * step } }),
        fragmentBytes: null,
        pieceCharacters,
      });
      const model = modelOf(mock.url);
      const tally = new Map<string, number>();
      for (let bytes = 0; bytes < length; bytes += step) {
        const outcome: unknown = await ask(model).catch((error: unknown) => error);
        const name =
          outcome instanceof ModelError ? `${outcome.code} ${outcome.retry}` : describeAnswer(outcome);
        tally.set(name, (tally.get(name) ?? 0) + 1);
      }
      expect(length).toBeGreaterThan(1_000);
      // Without the two line ends at its very end, nothing of the answer is missing.
      expect(tally.get(allOfIt) ?? 0).toBeLessThanOrEqual(2);
      tally.delete(allOfIt);
      expect([...tally.keys()].filter((name) => !/^model\.(cut|badStream) paid$/.test(name))).toEqual([]);
    },
    180_000,
  );

  it("has its calls after its last byte", async () => {
    const fault = { kind: "end" as const, afterBytes: lengthOf(turn) };
    const mock = await startMock({ answer: [{ ...turn, fault }], pieceCharacters });
    expect((await ask(modelOf(mock.url))).message.toolCalls).toEqual(calls);
  });
});

describe("an answer that was cut short inside a call", () => {
  it.each(["max_tokens", "model_context_window_exceeded"])(
    "(%s) keeps the calls that are whole",
    async (stop) => {
      const [first, second] = calls;
      if (first === undefined || second === undefined) throw new Error("two calls are needed");
      const json = JSON.stringify(second.input);
      const mock = await startMock({
        answer: ({ number }) => ({ ...turn, stop, toolCalls: [first, { ...second, cutAt: number }] }),
        fragmentBytes: null,
      });
      const model = modelOf(mock.url);
      for (let cutAt = 0; cutAt < json.length; cutAt += 1) {
        const { message } = await ask(model);
        expect(message.toolCalls).toEqual([first]);
        expect(message.stop).toBe(stop === "max_tokens" ? "maxTokens" : "contextFull");
      }
      expect((await ask(model)).message.toolCalls).toEqual(calls);
    },
  );

  it("keeps none where the only call is cut, at any place", async () => {
    const [call] = calls;
    if (call === undefined) throw new Error("a call is needed");
    const json = JSON.stringify(call.input);
    const mock = await startMock({
      answer: ({ number }) => ({ stop: "max_tokens", toolCalls: [{ ...call, cutAt: number }] }),
      fragmentBytes: null,
    });
    const model = modelOf(mock.url);
    for (let cutAt = 0; cutAt < json.length; cutAt += 1) {
      expect((await ask(model)).message).toMatchObject({ toolCalls: [], stop: "maxTokens" });
    }
  });

  it("is a broken stream where nothing says that it was cut short", async () => {
    const [call] = calls;
    if (call === undefined) throw new Error("a call is needed");
    const mock = await startMock({ answer: [{ toolCalls: [{ ...call, cutAt: 12 }] }] });
    await expect(ask(modelOf(mock.url))).rejects.toMatchObject({ code: "model.badStream", retry: "paid" });
  });
});

function lengthOf(given: MockTurn): number {
  const usage = {
    input_tokens: 100,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 40,
  };
  const events = eventsOf(
    messageOf(given, { model: "claude-test", serial: "000000", usage }),
    seededRandom(1),
    pieceCharacters,
  );
  return Buffer.byteLength(events.map(frameOf).join(""));
}

function describeAnswer(outcome: unknown): string {
  const { message } = outcome as ModelAnswer;
  return `answered with ${message.toolCalls.length} calls, ${message.stop}`;
}
