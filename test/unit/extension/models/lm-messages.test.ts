import { describe, expect, it } from "vitest";
import { editorMessages } from "../../../../extension/models/lm-messages.ts";
import { parts } from "./lm-fixture.ts";

describe("a conversation for the editor's models", () => {
  it("begins with the prompt and keeps calls and results together by their ids", () => {
    const messages = editorMessages(
      {
        system: "You are careful.",
        messages: [
          { role: "user", text: "Do it" },
          {
            role: "assistant",
            text: "I look.",
            toolCalls: [{ id: "c-1", name: "read_file", input: { path: "a.ts" } }],
            stop: "toolUse",
          },
          {
            role: "tool",
            results: [
              { toolCallId: "c-1", text: "content", isError: false },
              { toolCallId: "c-2", text: "no such file", isError: true },
            ],
          },
          { role: "assistant", text: "", toolCalls: [], stop: "endTurn" },
        ],
      },
      parts,
    );
    expect(messages).toEqual([
      { role: "user", content: "You are careful." },
      { role: "user", content: "Do it" },
      {
        role: "assistant",
        content: [{ value: "I look." }, { callId: "c-1", name: "read_file", input: { path: "a.ts" } }],
      },
      {
        role: "user",
        content: [
          { callId: "c-1", content: [{ value: "content" }] },
          { callId: "c-2", content: [{ value: "Error: no such file" }] },
        ],
      },
    ]);
  });

  it("has no empty prompt, and makes an object of an input that is none", () => {
    const call = { id: "c", name: "odd", input: "text" };
    const messages = editorMessages(
      { system: "", messages: [{ role: "assistant", text: "", toolCalls: [call], stop: "toolUse" }] },
      parts,
    );
    expect(messages).toEqual([
      { role: "assistant", content: [{ callId: "c", name: "odd", input: { input: "text" } }] },
    ]);
  });
});
