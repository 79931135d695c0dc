import { describe, expect, it } from "vitest";
import { callParams } from "../../../../../agent-host/models/anthropic/request-params.ts";
import type { EndpointAbilities } from "../../../../../agent-host/models/endpoint.ts";
import type { ModelRequest } from "../../../../../agent-host/models/model.ts";
import type { Message } from "../../../../../agent-host/protocol/conversation.ts";

const all: EndpointAbilities = { countTokens: true, thinking: true, cache: true, effort: true };
const model = { id: "a", contextTokens: null, maxOutputTokens: 500, price: null };

describe("the body of a call", () => {
  it("marks tools, system and the last two turns of the user for the cache, and nothing else", () => {
    const params = callParams(requestOf(talk(6)), { name: "anthropic:a", model, can: all });
    const marks = JSON.stringify(params).split('"cache_control":{"type":"ephemeral"}').length - 1;
    expect(marks).toBe(4);
    const users = params.messages.filter(({ role }) => role === "user");
    const isMarked = users.map(({ content }) => "cache_control" in (content.at(-1) ?? {}));
    expect(isMarked).toEqual([false, false, false, false, true, true]);
  });

  it("marks in a first call what other tasks of the run begin with too", () => {
    const first: Message = { role: "user", text: `<context>\nthe goal\n</context>\n\nadd a button` };
    const { messages } = callParams(requestOf([first]), { name: "anthropic:a", model, can: all });
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "<context>\nthe goal\n</context>\n\n", cache_control: { type: "ephemeral" } },
          { type: "text", text: "add a button", cache_control: { type: "ephemeral" } },
        ],
      },
    ]);
  });

  it("begins with the same bytes at each turn, but for the marks", () => {
    const bytes = (turns: number): string => {
      const { system, tools, messages } = callParams(requestOf(talk(turns)), {
        name: "anthropic:a",
        model,
        can: all,
      });
      return JSON.stringify([tools, system, messages]).replaceAll(
        ',"cache_control":{"type":"ephemeral"}',
        "",
      );
    };
    expect(bytes(5).startsWith(bytes(4).slice(0, -2))).toBe(true);
  });

  it("asks for no more output than the model gives, and no parameter that newer models refuse", () => {
    const params = callParams(requestOf(talk(1)), { name: "anthropic:a", model, can: all });
    expect(params).toMatchObject({
      max_tokens: 500,
      thinking: { type: "adaptive" },
      output_config: { effort: "low" },
    });
    expect(Object.keys(params)).not.toEqual(expect.arrayContaining(["temperature"]));
    const unknown = { ...model, maxOutputTokens: null };
    expect(callParams(requestOf(talk(1)), { name: "x", model: unknown, can: all }).max_tokens).toBe(8_000);
  });

  it("changes nothing of the conversation it is made of", () => {
    const request = requestOf(talk(3));
    const before = structuredClone(request);
    callParams(request, { name: "anthropic:a", model, can: all });
    expect(request).toEqual(before);
  });
});

function requestOf(messages: Message[]): ModelRequest {
  const tools = ["read", "write"].map((name) => ({
    name,
    description: name,
    inputSchema: { properties: {} },
  }));
  const kind = { agentType: "tester", taskType: "verification.check" } as const;
  return { ...kind, system: "Test.", messages, tools, maxOutputTokens: 8_000, effort: "low" };
}

function talk(turns: number): Message[] {
  return Array.from({ length: turns }, (_, at): Message[] => [
    { role: "user", text: `question ${at}` },
    ...(at === turns - 1 ? [] : [answer(at)]),
  ]).flat();
}

function answer(at: number): Message {
  return { role: "assistant", text: `answer ${at}`, toolCalls: [], stop: "endTurn" };
}
