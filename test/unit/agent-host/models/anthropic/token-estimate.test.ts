import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenEstimator } from "../../../../../agent-host/models/anthropic/token-estimate.ts";
import type { ModelRequest } from "../../../../../agent-host/models/model.ts";
import type { Message } from "../../../../../agent-host/protocol/conversation.ts";

describe("an estimate of tokens", () => {
  it("is 3.5 characters for a token, rounded up", () => {
    expect(new TokenEstimator().estimate(requestOf([{ role: "user", text: "x".repeat(35) }]))).toBe(11);
  });

  it("is never above the most, which grows with every part, in any script", () => {
    void fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (texts) => {
        const messages = texts.map((text): Message => ({ role: "user", text }));
        const estimator = new TokenEstimator();
        const most = estimator.atMost(requestOf(messages));
        expect(estimator.estimate(requestOf(messages))).toBeLessThanOrEqual(most);
        expect(estimator.atMost(requestOf([...messages, { role: "user", text: "日本" }]))).toBeGreaterThan(
          most,
        );
      }),
    );
  });

  it("counts calls, results and tools", () => {
    const estimator = new TokenEstimator();
    const plain = estimator.estimate(requestOf([]));
    const toolCalls = [{ id: "a", name: "write", input: { text: "y".repeat(700) } }];
    const messages: Message[] = [
      { role: "assistant", text: "", toolCalls, stop: "toolUse" },
      { role: "tool", results: [{ toolCallId: "a", text: "z".repeat(700), isError: false }] },
    ];
    const tools = [{ name: "write", description: "w".repeat(700), inputSchema: {} }];
    expect(estimator.estimate({ ...requestOf(messages), tools }) - plain).toBeGreaterThan(600);
  });
});

function requestOf(messages: Message[]): ModelRequest {
  const kind = { agentType: "tester", taskType: "verification.check" } as const;
  return { ...kind, system: "abc", messages, tools: [], maxOutputTokens: 1_000 };
}
