import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConversationFitter, rememberingFit } from "../../../../agent-host/context/conversation-fitter.ts";
import { conversationTokens } from "../../../../agent-host/context/estimate-tokens.ts";
import { fitConversation } from "../../../../agent-host/context/fit-conversation.ts";
import type { AssistantMessage, Message, ToolCall } from "../../../../agent-host/protocol/conversation.ts";

const user = (text: string): Message => ({ role: "user", text });
const assistant = (text: string, toolCalls: ToolCall[] = []): AssistantMessage => {
  return { role: "assistant", text, toolCalls, stop: toolCalls.length > 0 ? "toolUse" : "endTurn" };
};
const call = (id: string, name: string, input: unknown): ToolCall => ({ id, name, input });
const result = (toolCallId: string, text: string) => ({ toolCallId, text, isError: false });

/** A turn that reads a file of so many characters. */
function reading(turn: number, characters: number, word = "x"): Message[] {
  const id = `c${turn}`;
  const text = word.repeat(characters / word.length);
  return [
    assistant(`turn ${turn}`, [call(id, "read_file", { path: `src/f${turn}.ts` })]),
    { role: "tool", results: [result(id, text)] },
  ];
}

function conversation(turns: number, characters: number): Message[] {
  return [user("the task"), ...Array.from({ length: turns }, (_, turn) => reading(turn, characters)).flat()];
}

const texts = (messages: readonly Message[]): string => JSON.stringify(messages);

describe("fitConversation", () => {
  it("leaves what fits as it is", () => {
    const messages = conversation(10, 700);
    expect(fitConversation(messages, 100_000)).toBe(messages);
    expect(fitConversation([], 10)).toEqual([]);
  });

  it("replaces old results by one line each, oldest first, and keeps the rest", () => {
    const messages = conversation(10, 14_000);
    const fitted = fitConversation(messages, 45_000);
    expect(fitted).toHaveLength(messages.length);
    expect(fitted[2]).toEqual({
      role: "tool",
      results: [result("c0", "[cleared: 14 KB of read_file src/f0.ts; call it again if you need it]")],
    });
    expect(fitted.at(-1)).toBe(messages.at(-1));
    const cleared = fitted.map((message) => message.role === "tool" && texts([message]).includes("[cleared"));
    expect(cleared.lastIndexOf(true)).toBeLessThan(cleared.indexOf(false, 2) + 20);
    const tokens = conversationTokens(fitted);
    expect(tokens).toBeLessThanOrEqual(45_000 * 0.8);
  });

  it("then replaces the oldest turns by what the program noted of them", () => {
    const messages: Message[] = [user("the task")];
    for (let turn = 0; turn < 40; turn += 1) {
      const calls = [
        call(`r${turn}`, "read_file", { path: `src/r${turn}.ts` }),
        call(`e${turn}`, "edit_file", { path: `src/e${turn}.ts` }),
        call(`x${turn}`, "run_command", { command: "npm test" }),
      ];
      const failed = { ...result(`x${turn}`, "[exit code 1, 0.1 s]\nno"), isError: true };
      const results = [result(`r${turn}`, "text"), result(`e${turn}`, "Changed"), failed];
      messages.push(assistant(`Thought ${turn}. ${"w".repeat(700)}`, calls), { role: "tool", results });
      if (turn === 3) messages.push(user("Use tabs, please"));
    }
    const fitted = fitConversation(messages, 6_000);
    expect(fitted[0]).toBe(messages[0]);
    const digest = fitted[1];
    expect(digest?.role).toBe("user");
    expect(texts([digest ?? user("")])).toMatch(/Files changed so far: .*src\/e\d+\.ts/);
    expect(texts([digest ?? user("")])).toMatch(
      /- read src\/r(\d+)\.ts; changed src\/e\1\.ts; ran \\"npm test\\" \(exit code 1\); said: \\"Thought \1\./,
    );
    expect(texts([digest ?? user("")])).toContain("- the user said: Use tabs, please");
    expect(conversationTokens(fitted)).toBeLessThanOrEqual(6_000);
    expect(fitted.at(-1)).toBe(messages.at(-1));
  });

  it("changes its beginning seldom while the conversation grows", () => {
    const messages = conversation(300, 3_500);
    const maxTokens = 60_000;
    let before: readonly Message[] = [];
    let changes = 0;
    for (let end = 1; end <= messages.length; end += 2) {
      const fitted = fitConversation(messages.slice(0, end), maxTokens);
      if (texts(fitted.slice(0, before.length)) !== texts(before)) changes += 1;
      before = fitted;
    }
    // 300 turns of 1,000 tokens, of which a cut frees 18,000 and more.
    expect(changes).toBeGreaterThan(3);
    expect(changes).toBeLessThan(300 / 10);
  });

  it("cuts the results of the last turn where they alone are too large", () => {
    const messages = [...conversation(2, 700), ...reading(2, 280_000, "line of text\n")];
    const fitted = fitConversation(messages, 20_000);
    const last = fitted.at(-1);
    expect(texts([last ?? user("")])).toMatch(/characters are left out here/);
    expect(conversationTokens(fitted)).toBeLessThanOrEqual(20_000);
    expect(conversationTokens(fitted)).toBeGreaterThan(15_000);
  });

  it("drops what the endpoint sent only with its whole turn", () => {
    const messages = conversation(30, 7_000).map((message): Message => {
      return message.role === "assistant"
        ? { ...message, blocks: [{ type: "text", text: message.text }] }
        : message;
    });
    for (const message of fitConversation(messages, 20_000)) {
      if (message.role === "assistant") expect(message.blocks).toHaveLength(1);
    }
  });
});

const words = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.integer({ min: 0, max: 9_000 }).map((count) => "lorem ipsum ".repeat(count / 12)),
  fc.integer({ min: 0, max: 500 }).map((count) => "語😀".repeat(count)),
);

const turn = fc.record({
  text: words,
  calls: fc.array(
    fc.record({
      name: fc.constantFrom("read_file", "edit_file", "run_command", "odd"),
      path: words,
      output: words,
    }),
    { maxLength: 4 },
  ),
  said: fc.array(words, { maxLength: 2 }),
  hasBlocks: fc.boolean(),
});

const conversations = fc
  .record({ task: words, turns: fc.array(turn, { maxLength: 25 }) })
  .map(({ task, turns }): Message[] => {
    const messages: Message[] = [user(task)];
    turns.forEach(({ text, calls, said, hasBlocks }, at) => {
      const toolCalls = calls.map(({ name, path }, place) => call(`${at}-${place}`, name, { path }));
      const blocks = hasBlocks ? { blocks: [{ type: "thinking", thinking: text }] } : {};
      messages.push({ ...assistant(text, toolCalls), ...blocks });
      if (calls.length > 0)
        messages.push({
          role: "tool",
          results: calls.map(({ output }, place) => result(`${at}-${place}`, output)),
        });
      messages.push(...said.map(user));
    });
    return messages;
  });

const sizes = fc.integer({ min: 1, max: 30_000 });

describe("fitConversation of any conversation", () => {
  it("stays within the limit, or is the least there can be", () => {
    fc.assert(
      fc.property(conversations, sizes, (messages, maxTokens) => {
        const fitted = fitConversation(messages, maxTokens);
        if (conversationTokens(fitted) <= maxTokens) return;
        // The least: the task, one digest, the last turn with results cut to almost nothing.
        const answers = fitted.filter(({ role }) => role === "assistant");
        expect(answers.length).toBeLessThanOrEqual(1);
        const results = fitted.flatMap((message) => (message.role === "tool" ? message.results : []));
        for (const { text } of results) expect(text.length).toBeLessThanOrEqual(300);
      }),
      { numRuns: 400 },
    );
  });

  it("keeps the task, every word of a person in order, and calls with their results", () => {
    fc.assert(
      fc.property(conversations, sizes, (messages, maxTokens) => {
        const fitted = fitConversation(messages, maxTokens);
        expect(fitted[0]).toBe(messages[0]);
        const told = fitted.map((message) => (message.role === "user" ? message.text : "")).join("\n");
        let from = 0;
        for (const message of messages) {
          if (message.role !== "user") continue;
          const found = told.indexOf(message.text, from);
          expect(found).toBeGreaterThanOrEqual(from);
          from = found;
        }
        fitted.forEach((message, index) => {
          if (message.role !== "assistant" || message.toolCalls.length === 0) return;
          const next = fitted[index + 1];
          expect(next?.role === "tool" && next.results.map(({ toolCallId }) => toolCallId)).toEqual(
            message.toolCalls.map(({ id }) => id),
          );
        });
        expect(fitted.filter(({ role }) => role === "tool")).toHaveLength(
          fitted.filter((each) => each.role === "assistant" && each.toolCalls.length > 0).length,
        );
      }),
      { numRuns: 400 },
    );
  });

  it("is the same whether it was called at every turn or once", () => {
    fc.assert(
      fc.property(conversations, sizes, (messages, maxTokens) => {
        const fitter = new ConversationFitter();
        const remembering = rememberingFit();
        for (let end = 1; end <= messages.length; end += 1) {
          const soFar = messages.slice(0, end);
          const once = fitConversation(soFar, maxTokens);
          expect(fitter.fit(soFar, maxTokens)).toEqual(once);
          expect(remembering(soFar, maxTokens)).toEqual(once);
        }
      }),
      { numRuns: 100 },
    );
  });
});
