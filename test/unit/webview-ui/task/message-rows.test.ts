import { describe, expect, it } from "vitest";
import type { TaskMessage } from "../../../../agent-host/protocol/task-view.ts";
import { taskWords } from "../../../../agent-host/protocol/task-words.ts";
import { messageRow, spokenMessage } from "../../../../webview-ui/task/message-rows.ts";
import { elementsOf, message, task, textOf } from "./task-fixture.ts";

const usage = { inputTokens: 12_400, outputTokens: 310, costUsd: 0.042 };
const call = (id: string, name: string, input: unknown) => ({ id, name, input: JSON.stringify(input) });
const conversation = [
  message(0, "user", { text: "Add a farewell", context: "The goal" }),
  message(1, "assistant", {
    text: "I look.",
    model: "anthropic:sonnet",
    usage,
    toolCalls: [
      call("a", "read_file", { path: "a.ts" }),
      call("b", "run_command", { command: "npm test\nnow" }),
    ],
  }),
  message(2, "tool", { toolCallId: "b", text: "exit 1", isError: true }),
  message(3, "tool", { toolCallId: "a", text: "one\ntwo" }),
  message(4, "assistant", { text: "model.overloaded", isError: true, usage: { ...usage, costUsd: 0 } }),
  message(5, "user", { attempt: 2, text: "Once more \u202e" }),
];

function rowOf(index: number, more: { open?: string[]; messages?: TaskMessage[]; copied?: number } = {}) {
  const toggled: string[] = [];
  const copied: string[] = [];
  const row = messageRow(index, {
    state: {
      messages: new Map((more.messages ?? conversation).map((each) => [each.index, each])),
      open: new Set(more.open ?? []),
      copied: more.copied ?? null,
    },
    ...{ task, total: 6, words: taskWords, locale: "en" },
    toggle: (key) => toggled.push(key),
    copy: (_index, text) => copied.push(text),
  });
  const all = row === null ? [] : elementsOf([row]);
  return { row, all, toggled, copied, text: row === null ? "" : textOf(row) };
}

describe("a row of a task's log", () => {
  it("is an instruction with what surrounds it folded away", () => {
    expect(rowOf(0).text).toMatch(/^Instruction .* Add a farewell Context$/);
    expect(rowOf(0, { open: ["0/context"] }).text).toMatch(/Context The goal$/);
  });

  it("is an answer with its model, its use, and a line for each call with its result", () => {
    const { text, all } = rowOf(1);
    expect(text).toContain("Back-end coder anthropic:sonnet · 12k in · 310 out · $0.04");
    expect(text).toContain("I look. Read a.ts 2 lines Ran npm test failed");
    expect(all.filter(({ attributes }) => attributes["aria-expanded"] === "false")).toHaveLength(2);
  });

  it("opens a call to its input and its result", () => {
    const { text } = rowOf(1, { open: ["1/1"] });
    expect(text).toContain('Ran npm test failed Input {"command":"npm test\\nnow"} Result exit 1');
  });

  it("has no row of its own for a result that stands in its call, and one for a result whose call is not here", () => {
    expect([rowOf(2).row, rowOf(3).row]).toEqual([null, null]);
    expect(rowOf(3, { messages: conversation.slice(3) }).text).toBe("Result of a call 2 lines");
  });

  it("says that a call has no result yet", () => {
    expect(rowOf(1, { messages: conversation.slice(0, 2) }).text).toContain("Read a.ts no result yet");
  });

  it("marks a call of the model that failed, and where another attempt begins", () => {
    expect(rowOf(4).text).toContain("The model did not answer (model.overloaded).");
    expect(rowOf(5).text).toMatch(/^Attempt 2 To the agent .* Once more \\u202e$/);
  });

  it("says that a message is being read that is not here", () => {
    expect(rowOf(1, { messages: [] }).text).toBe("Reading messages…");
  });

  it("copies words and calls, and says that it did", () => {
    const { all, copied } = rowOf(1);
    const button = all.find(({ attributes }) => attributes["aria-label"] === "Copy message");
    button?.on.click?.({} as Event);
    expect(copied).toEqual([
      'I look.\n\nread_file {"path":"a.ts"}\n\nrun_command {"command":"npm test\\nnow"}',
    ]);
    expect(rowOf(1, { copied: 1 }).all.some(({ attributes }) => attributes["aria-label"] === "Copied")).toBe(
      true,
    );
  });

  it("opens and closes with the mouse and with arrow keys", () => {
    const press = (key: string, open: string[]): string[] => {
      const { all, toggled } = rowOf(1, { open });
      const event = { key, preventDefault: () => undefined } as unknown as Event;
      all.find(({ attributes }) => attributes["data-row"] === "call")?.on.keydown?.(event);
      return toggled;
    };
    expect([press("ArrowRight", []), press("ArrowLeft", []), press("ArrowLeft", ["1/0"])]).toEqual([
      ["1/0"],
      [],
      ["1/0"],
    ]);
  });
});

describe("what a screen reader hears of a message", () => {
  it("is the finished answer of the agent, and nothing of calls, results and words to it", () => {
    const spoken = conversation.map((each) => spokenMessage(each, task, taskWords));
    expect(spoken).toEqual([
      "",
      "Back-end coder said: I look.",
      "",
      "",
      "Back-end coder: The model did not answer (model.overloaded).",
      "",
    ]);
  });
});
