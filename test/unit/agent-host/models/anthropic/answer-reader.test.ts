import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerReader } from "../../../../../agent-host/models/anthropic/answer-reader.ts";
import { eventsOf, messageOf } from "../../../../support/anthropic-mock/answer-events.ts";
import { seededRandom } from "../../../../support/anthropic-mock/seeded-random.ts";

const usage = {
  input_tokens: 10,
  cache_creation_input_tokens: 3,
  cache_read_input_tokens: 4,
  output_tokens: 9,
};

describe("a reader of answers", () => {
  it("reads what was sent, however it is cut into pieces", () => {
    void fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
        fc.nat(),
        (text, inputs, seed) => {
          const toolCalls = inputs.map((input) => ({ name: "read", input }));
          const sent = messageOf({ text, toolCalls }, { model: "a", serial: "1", usage });
          const heard: string[] = [];
          const reader = new AnswerReader((piece) => heard.push(piece));
          for (const event of eventsOf(sent, seededRandom(seed), 5))
            reader.read(JSON.parse(JSON.stringify(event)));
          const { message, tokens } = reader.finish("anthropic:a");
          expect(heard.join("")).toBe(text);
          expect(message.text).toBe(text.trim() === "" ? "" : text);
          expect(message.toolCalls.map(({ input }) => JSON.stringify(input))).toEqual(
            inputs.map((input) => JSON.stringify(JSON.parse(JSON.stringify(input)))),
          );
          expect(tokens).toEqual({
            inputTokens: 17,
            outputTokens: 9,
            cacheReadTokens: 4,
            cacheWriteTokens: 3,
          });
        },
      ),
    );
  });

  it("reads input that comes as a whole where the call begins, as some servers send it", () => {
    const reader = readerOf([
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "a", name: "b", input: { c: 1 } },
      },
      { type: "content_block_stop", index: 0 },
      stopping("tool_use"),
    ]);
    expect(reader.finish("m").message.toolCalls).toEqual([{ id: "a", name: "b", input: { c: 1 } }]);
  });

  it("takes counts that come only at the end, as some servers tell them", () => {
    const reader = readerOf([{ ...stopping("end_turn"), usage: { input_tokens: 70, output_tokens: 7 } }]);
    expect(reader.finish("m").tokens).toMatchObject({ inputTokens: 77, outputTokens: 7 });
  });

  it("keeps no thinking without its signature, and blocks only where there is thinking", () => {
    const thinking = (signature: string): object[] => [
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "thinking", thinking: "", signature: "" },
      },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } },
      { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature } },
      { type: "content_block_stop", index: 0 },
      stopping("max_tokens"),
    ];
    expect(readerOf(thinking("")).finish("m").message).not.toHaveProperty("blocks");
    expect(readerOf(thinking("s")).finish("m").message.blocks).toEqual([
      { type: "thinking", thinking: "hm", signature: "s" },
    ]);
  });

  it.each<[string, object[]]>([
    ["a block that begins twice", [begin(0), begin(0)]],
    [
      "a piece of no block",
      [{ type: "content_block_delta", index: 3, delta: { type: "text_delta", text: "x" } }],
    ],
    ["an end of no block", [{ type: "content_block_stop", index: 3 }]],
    ["a block without an end", [begin(0), stopping("tool_use")]],
    ["a call without a name", [begin(0, { name: "" }), end(0), stopping("tool_use")]],
    ["two calls of one id", [begin(0), end(0), begin(1), end(1), stopping("tool_use")]],
    ["input that is no object", [begin(0), json(0, "[1]"), end(0), stopping("tool_use")]],
    ["no reason for its end", [{ type: "message_stop" }]],
    ["a second start", [{ type: "message_start", message: {} }]],
  ])("refuses %s", (_name, events) => {
    expect(() => readerOf(events).finish("m")).toThrow(
      expect.objectContaining({ code: "model.badStream", retry: "paid" }),
    );
  });

  it("never has a call that is not whole, whatever is missing or in another order", () => {
    const sent = [
      begin(0),
      json(0, '{"a":'),
      json(0, "1}"),
      end(0),
      begin(1, { id: "b" }),
      json(1, '{"a":1}'),
      end(1),
    ];
    const any = fc.tuple(
      fc.shuffledSubarray(sent, { minLength: 0 }),
      fc.constantFrom("tool_use", "max_tokens", "end_turn", "refusal"),
    );
    void fc.assert(
      fc.property(any, ([events, reason]) => {
        let inputs: unknown[] = [];
        try {
          inputs = readerOf([...events, stopping(reason)])
            .finish("m")
            .message.toolCalls.map(({ input }) => input);
        } catch {
          // Refused as a whole: no call at all.
        }
        for (const input of inputs) expect([JSON.stringify({ a: 1 }), "{}"]).toContain(JSON.stringify(input));
        if (reason === "refusal") expect(inputs).toEqual([]);
      }),
    );
  });

  it("estimates the output that came without its count", () => {
    const reader = readerOf([begin(0), json(0, "x".repeat(350))]);
    expect(reader.tokensSoFar).toEqual({
      inputTokens: 17,
      outputTokens: 100,
      cacheReadTokens: 4,
      cacheWriteTokens: 3,
    });
    expect(new AnswerReader(() => undefined).tokensSoFar).toBeNull();
  });
});

function readerOf(events: readonly object[]): AnswerReader {
  const reader = new AnswerReader(() => undefined);
  reader.read({ type: "message_start", message: { usage: { ...usage, output_tokens: 1 } } });
  for (const event of events) reader.read(event);
  return reader;
}

function begin(index: number, more: object = {}): object {
  return {
    type: "content_block_start",
    index,
    content_block: { type: "tool_use", id: "a", name: "read", input: {}, ...more },
  };
}

function json(index: number, partial: string): object {
  return { type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: partial } };
}

function end(index: number): object {
  return { type: "content_block_stop", index };
}

function stopping(reason: string): object {
  return { type: "message_delta", delta: { stop_reason: reason }, usage: { output_tokens: 9 } };
}
