import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conversationParams } from "../../../../../agent-host/models/anthropic/conversation-params.ts";
import type { AssistantMessage, Message } from "../../../../../agent-host/protocol/conversation.ts";
import { checkMessageRequest } from "../../../../support/anthropic-mock/check-request.ts";

const self = { model: "anthropic:a", hasTools: true };

describe("a conversation for the Messages API", () => {
  it("puts the results of calls first, in one message with what the user said since", () => {
    const messages: Message[] = [
      { role: "user", text: "Do it" },
      said({ text: "Yes", toolCalls: [call("one"), call("two")] }),
      { role: "user", text: "Hurry" },
      { role: "tool", results: [result("two"), result("one")] },
    ];
    expect(conversationParams(messages, self)).toEqual([
      { role: "user", content: [{ type: "text", text: "Do it" }] },
      { role: "assistant", content: [{ type: "text", text: "Yes" }, use("one"), use("two")] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "two", content: "done" },
          { type: "tool_result", tool_use_id: "one", content: "done" },
          { type: "text", text: "Hurry" },
        ],
      },
    ]);
  });

  it("gives a result to each call that has none, and tells a result without its call as text", () => {
    const messages: Message[] = [
      { role: "tool", results: [result("lost")] },
      said({ toolCalls: [call("one")] }),
      said({ text: "Anyway" }),
    ];
    expect(conversationParams(messages, self)).toEqual([
      { role: "user", content: [{ type: "text", text: "Result of an earlier call:\ndone" }] },
      { role: "assistant", content: [use("one")] },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "one",
            content: "No result: this call was not carried out",
            is_error: true,
          },
        ],
      },
      { role: "assistant", content: [{ type: "text", text: "Anyway" }] },
      { role: "user", content: [{ type: "text", text: "Go on." }] },
    ]);
  });

  it("sends back unchanged what this very model sent, and of other models only text and calls", () => {
    const blocks = [{ type: "thinking", thinking: "hm", signature: "s" }, use("one")];
    const own = said({ text: "", toolCalls: [call("one")], model: self.model, blocks });
    const results: Message = { role: "tool", results: [result("one")] };
    const content = (message: AssistantMessage): unknown =>
      conversationParams([message, results], self)[1]?.content;
    expect(content(own)).toEqual(blocks);
    expect(content({ ...own, model: "anthropic:b" })).toEqual([use("one")]);
    // A call less than was sent: what was sent would have a call without a result.
    expect(content({ ...own, text: "Hm", toolCalls: [] })).toEqual([{ type: "text", text: "Hm" }]);
  });

  it("makes ids and names that are taken, the same ones each time", () => {
    const messages: Message[] = [
      { role: "user", text: "Go" },
      said({ toolCalls: [{ id: "call:1/ä", name: "my tool!", input: ["no object"] }] }),
      { role: "tool", results: [result("call:1/ä")] },
      said({ toolCalls: [call("call:1/ä")] }),
      { role: "tool", results: [result("call:1/ä")] },
    ];
    const params = conversationParams(messages, self);
    expect(params).toEqual(conversationParams(structuredClone(messages), self));
    const json = JSON.stringify(params);
    expect(json).toContain('{"type":"tool_use","id":"call_1__","name":"my_tool_","input":{}}');
    expect(json).toContain('"tool_use_id":"call_1___2"');
  });

  it("tells calls as text where no tools are declared", () => {
    const messages: Message[] = [
      { role: "user", text: "Go" },
      said({ text: "I look", toolCalls: [call("one")] }),
      { role: "tool", results: [result("one")] },
      { role: "user", text: "Sum it up" },
    ];
    const json = JSON.stringify(conversationParams(messages, { ...self, hasTools: false }));
    expect(json).not.toContain("tool_");
    expect(json).toContain("Called read with {}");
    expect(json).toContain("Result of a call:\\ndone");
  });

  it("is taken by a strict server, whatever was said, lost, doubled or steered", () => {
    void fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 14 }), fc.boolean(), (messages, hasTools) => {
        const tools = hasTools ? [{ name: "read", input_schema: { type: "object" } }] : undefined;
        const body = {
          model: "a",
          max_tokens: 1,
          messages: conversationParams(messages, { model: self.model, hasTools }),
          ...(tools === undefined ? {} : { tools }),
        };
        const sent: unknown = JSON.parse(JSON.stringify(body));
        expect(checkMessageRequest(sent, new Map())).not.toHaveProperty("refusal");
      }),
      { numRuns: 1_000 },
    );
  });
});

const anyId = fc.constantFrom("a", "b", "c", "c:d", "", "ü");
const anyText = fc.oneof(fc.constantFrom("", " \n", "text", "\ud800 half"), fc.string());
const anyCalls = fc.uniqueArray(
  fc.record({
    id: anyId,
    name: fc.constantFrom("read", "", "x y"),
    input: fc.oneof(fc.constant({ p: 1 }), fc.jsonValue()),
  }),
  { maxLength: 3, selector: ({ id }) => id },
);
const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  anyText.map((text): Message => ({ role: "user", text })),
  fc
    .array(fc.record({ toolCallId: anyId, text: anyText, isError: fc.boolean() }), { maxLength: 3 })
    .map((results): Message => ({ role: "tool", results })),
  fc.record({ text: anyText, toolCalls: anyCalls }).map((parts): Message => said(parts)),
);

function said(parts: Partial<AssistantMessage>): AssistantMessage {
  return { role: "assistant", text: "", toolCalls: [], stop: "endTurn", ...parts };
}

function call(id: string): { id: string; name: string; input: unknown } {
  return { id, name: "read", input: {} };
}

function use(id: string): { type: "tool_use"; id: string; name: string; input: object } {
  return { type: "tool_use", id, name: "read", input: {} };
}

function result(toolCallId: string): { toolCallId: string; text: string; isError: boolean } {
  return { toolCallId, text: "done", isError: false };
}
