import { describe, expect, it } from "vitest";
import type { AgentAnswer } from "../../../../agent-host/agents/agent.ts";
import { agentLoop } from "../../../../agent-host/agents/agent-loop.ts";
import { badCallMark, type Message } from "../../../../agent-host/protocol/conversation.ts";
import {
  calls,
  contextWith,
  finalAnswer,
  type MemoryDesk,
  memoryDesk,
  words,
} from "../../../support/memory-desk.ts";

const signal = new AbortController().signal;
const first: Message = { role: "user", text: "go" };

function run(
  desk: MemoryDesk | null,
  config: { maxTurns?: number; remind?: string } = {},
): Promise<AgentAnswer> {
  return agentLoop(contextWith(desk), { maxTurns: 10, ...config }, () => undefined, signal);
}

function bad(name: string) {
  return { toolCallId: name, text: `${badCallMark}no tool ${name}`, isError: true };
}

describe("agentLoop", () => {
  it("needs a desk", async () => {
    await expect(run(null)).rejects.toMatchObject({ code: "agent.noDesk" });
  });

  it("begins with what surrounds the task, within bounds, and then the instruction", async () => {
    const desk = memoryDesk({ answers: [words("done")] });
    const inputs = new Map([["design.propose" as const, { summary: "x".repeat(100_000) }]]);
    await agentLoop({ ...contextWith(desk), inputs }, { maxTurns: 1 }, () => undefined, signal);
    const text = JSON.stringify(desk.asked[0]?.[0]);
    expect(text).toMatch(/^\{"role":"user","text":"<context>\\n.*\\n<\/context>\\n\\nAdd a greeting"\}$/);
    expect(text).toContain("the goal");
    expect(text).toContain("submit_result");
    expect(text).toContain("more characters are left out");
    expect(text.length).toBeLessThan(8_000);
  });

  it("carries out the calls of an answer in order and ends with the one that ends the task", async () => {
    const desk = memoryDesk({
      answers: [calls("write_file", "run_command"), calls("submit_result", "write_file")],
      carryOut: ({ name }) => (name === "submit_result" ? finalAnswer : "ok"),
    });
    expect(await run(desk)).toBe(finalAnswer);
    expect(desk.used).toEqual([
      { name: "write_file", turn: 0, index: 0 },
      { name: "run_command", turn: 0, index: 1 },
      { name: "submit_result", turn: 1, index: 0 },
    ]);
    expect(desk.asked[1]?.at(-1)).toEqual({
      role: "tool",
      results: [
        { toolCallId: "write_file-0", text: "ok", isError: false },
        { toolCallId: "run_command-1", text: "ok", isError: false },
      ],
    });
  });

  it("reads at the same time, but never beside a call that changes something", async () => {
    let open = 0;
    const together: number[] = [];
    const desk = memoryDesk({
      answers: [calls("read_file", "search_text", "write_file", "read_file"), words("done")],
      carryOut: async () => {
        open += 1;
        await Promise.resolve();
        together.push(open);
        await Promise.resolve();
        open -= 1;
        return "ok";
      },
    });
    await run(desk);
    expect(together).toEqual([2, 2, 1, 1]);
    expect(desk.asked[1]?.at(-1)).toMatchObject({
      results: [
        { toolCallId: "read_file-0" },
        { toolCallId: "search_text-1" },
        {},
        { toolCallId: "read_file-3" },
      ],
    });
  });

  it("goes on at the calls that have no result yet", async () => {
    const partial: Message = { role: "tool", results: [{ toolCallId: "a-0", text: "ok", isError: false }] };
    for (const tail of [[], [partial]]) {
      const conversation: Message[] = [first, words("hm"), first, calls("a", "b"), ...tail];
      const desk = memoryDesk({ conversation, answers: [words("done")] });
      await run(desk);
      expect(desk.used).toEqual([
        { name: "a", turn: 1, index: 0 },
        { name: "b", turn: 1, index: 1 },
      ]);
      expect(desk.asked[0]).toHaveLength(5);
      expect(desk.asked[0]?.at(-1)).toMatchObject({
        results: [{ toolCallId: "a-0" }, { toolCallId: "b-1" }],
      });
    }
  });

  it("asks again when every call has its result, without doing one again", async () => {
    const results: Message = { role: "tool", results: [{ toolCallId: "a-0", text: "ok", isError: false }] };
    const desk = memoryDesk({ conversation: [first, calls("a"), results], answers: [words("done")] });
    await run(desk);
    expect(desk.used).toEqual([]);
  });

  it("ends at once when the last answer was words alone", async () => {
    const desk = memoryDesk({ conversation: [first, words("All is well")] });
    expect(await run(desk)).toMatchObject({ content: { summary: "All is well" }, confidence: 0.6 });
  });

  it("hears a person before the next question, and instead of ending", async () => {
    const desk = memoryDesk({
      answers: [calls("a"), words("done"), words("really")],
      steering: { 1: ["shorter"], 2: ["no"] },
    });
    expect(await run(desk)).toMatchObject({ content: { summary: "really" } });
    expect(desk.asked[1]?.at(-1)).toEqual({ role: "user", text: "shorter" });
    expect(desk.asked[2]?.at(-1)).toEqual({ role: "user", text: "no" });
  });

  it("reminds twice where words do not do, then gives up", async () => {
    const desk = memoryDesk({ answers: [words("a"), words("b"), words("c")] });
    await expect(run(desk, { remind: "call plan_tasks" })).rejects.toMatchObject({
      code: "agent.unfinished",
    });
    expect(desk.asked.map((messages) => messages.at(-1)?.role)).toEqual(["user", "user", "user"]);
    const patient = memoryDesk({ answers: [words("a"), calls("plan_tasks")], carryOut: () => finalAnswer });
    expect(await run(patient, { remind: "call plan_tasks" })).toBe(finalAnswer);
  });

  it("asks for more when the model answers nothing", async () => {
    const desk = memoryDesk({ answers: [words(""), words("  "), words("fine")] });
    expect(await run(desk)).toMatchObject({ content: { summary: "fine" } });
  });

  it("never carries out the calls of an answer that was cut off, and stops at the second", async () => {
    const cut = { ...calls("write_file"), stop: "maxTokens" as const };
    const desk = memoryDesk({ answers: [cut, cut] });
    await expect(run(desk)).rejects.toMatchObject({ code: "agent.cutOff" });
    expect(desk.used).toEqual([]);
    expect(desk.asked[1]?.at(-2)).toMatchObject({ results: [{ toolCallId: "write_file-0", isError: true }] });
  });

  it("stops when the model refuses", async () => {
    const desk = memoryDesk({ answers: [words("I can't", { stop: "refusal" })] });
    await expect(run(desk)).rejects.toMatchObject({ code: "agent.refused" });
  });

  it("stops at the limit of turns, also when it was reached before a restart", async () => {
    const desk = memoryDesk({ answers: [calls("a"), calls("a"), calls("a")] });
    await expect(run(desk, { maxTurns: 2 })).rejects.toMatchObject({ code: "agent.turnLimit" });
    expect(desk.asked).toHaveLength(2);
    const resumed = memoryDesk({ conversation: [first, calls("a")] });
    await expect(run(resumed, { maxTurns: 1 })).rejects.toMatchObject({ code: "agent.turnLimit" });
    expect(resumed.used).toHaveLength(1);
  });

  it("stops after three calls in a row that make no sense, and tells the last reason", async () => {
    const desk = memoryDesk({ answers: [calls("x", "y"), calls("z")], carryOut: ({ name }) => bad(name) });
    await expect(run(desk)).rejects.toMatchObject({
      code: "agent.badCalls",
      message: expect.stringContaining("no tool z"),
    });
    const mixed = memoryDesk({
      answers: [calls("x", "y", "a"), calls("x", "y"), words("done")],
      carryOut: ({ name }) => (name === "a" ? "ok" : bad(name)),
    });
    await expect(run(mixed)).resolves.toBeDefined();
  });

  it("waits for reads under way before it fails", async () => {
    let ended = 0;
    const desk = memoryDesk({
      answers: [calls("read_file", "read_file")],
      carryOut: async ({ id }) => {
        if (id === "read_file-0") throw new Error("gone");
        await Promise.resolve();
        ended += 1;
        return "ok";
      },
    });
    await expect(run(desk)).rejects.toThrow("gone");
    expect(ended).toBe(1);
  });

  it("stops when the signal aborts", async () => {
    const desk = memoryDesk({ answers: [words("x")] });
    const aborted = AbortSignal.abort(new Error("enough"));
    await expect(agentLoop(contextWith(desk), { maxTurns: 1 }, () => undefined, aborted)).rejects.toThrow(
      "enough",
    );
  });
});
