import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Message } from "../../../agent-host/protocol/conversation.ts";
import { ask, hello, modelOf, requestOf, secret, startMock } from "./mock-fixture.ts";

const user = (...content: object[]): object => ({ role: "user", content });
const assistant = (...content: object[]): object => ({ role: "assistant", content });
const text = (words: string): object => ({ type: "text", text: words });
const use = (id: string): object => ({ type: "tool_use", id, name: "read_file", input: {} });
const result = (id: string): object => ({ type: "tool_result", tool_use_id: id, content: "x" });
const marked = { ...text("a"), cache_control: { type: "ephemeral" } };
const tools = [{ name: "read_file", input_schema: { type: "object" } }];
const good = { model: "a", max_tokens: 1, tools, messages: [user(text("a"))] };
const headers = {
  "x-api-key": secret,
  "anthropic-version": "2026-10-21",
  "content-type": "application/json",
};

describe("the mock of the Messages API refuses", () => {
  it.each<[string, object, RegExp]>([
    [
      "a call without its result",
      { messages: [user(text("a")), assistant(use("a")), user(text("b"))] },
      /without `tool_result`/,
    ],
    [
      "a result after text",
      { messages: [user(text("a")), assistant(use("a")), user(text("b"), result("a"))] },
      /without `tool_result`/,
    ],
    [
      "a result without its call",
      { messages: [user(text("a")), assistant(text("b")), user(result("a"))] },
      /unexpected `tool_use_id`/,
    ],
    [
      "two results of a call",
      { messages: [user(text("a")), assistant(use("a")), user(result("a"), result("a"))] },
      /unexpected `tool_use_id`/,
    ],
    [
      "one id twice",
      {
        messages: [
          user(text("a")),
          assistant(use("a")),
          user(result("a")),
          assistant(use("a")),
          user(result("a")),
        ],
      },
      /must be unique/,
    ],
    [
      "an odd id",
      { messages: [user(text("a")), assistant(use("a:b")), user(result("a:b"))] },
      /should match pattern/i,
    ],
    ["an assistant that begins", { messages: [assistant(text("a")), user(text("b"))] }, /first message/],
    ["a prefilled answer", { messages: [user(text("a")), assistant(text("b"))] }, /prefill/],
    ["a blank text", { messages: [user(text(" \n"))] }, /non-whitespace/],
    ["no message", { messages: [] }, /messages/],
    ["sampling", { temperature: 1 }, /temperature: Extra inputs/],
    ["top_p", { top_p: 1 }, /top_p: Extra inputs/],
    ["top_k", { top_k: 1 }, /top_k: Extra inputs/],
    ["an unknown field", { messages: [user({ ...text("a"), colour: "red" })] }, /colour: Extra inputs/],
    ["five cache marks", { messages: [user(marked, marked, marked, marked, marked)] }, /maximum of 4 blocks/],
    ["tools of one name", { tools: [...tools, ...tools] }, /names must be unique/],
    [
      "calls without tools",
      { tools: [], messages: [user(text("a")), assistant(use("a")), user(result("a"))] },
      /must define tools/,
    ],
    [
      "thinking of its own making",
      {
        messages: [
          user(text("a")),
          assistant({ type: "thinking", thinking: "a", signature: "b" }, text("b")),
          user(text("c")),
        ],
      },
      /Invalid `signature`/,
    ],
    ["no limit of output", { max_tokens: 0 }, /max_tokens/],
  ])("%s", async (_name, change, reason) => {
    const mock = await startMock({ answer: [{}] });
    const { status, body } = await post(`${mock.url}/v1/messages`, { ...good, ...change });
    expect(status).toBe(400);
    expect(body).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
    expect(JSON.stringify(body)).toMatch(reason);
    expect(mock.stats()).toMatchObject({ paid: 0, refusals: { 400: 1 } });
  });

  it.each<[string, Record<string, string | undefined>, number]>([
    ["no key", { "x-api-key": undefined }, 401],
    ["a wrong key", { "x-api-key": "other" }, 401],
    ["a wrong bearer", { authorization: "Bearer other" }, 401],
    ["no version", { "anthropic-version": undefined }, 400],
    ["an unknown version", { "anthropic-version": "2020-01-01" }, 400],
    ["an unknown beta", { "anthropic-beta": "telepathy-2030-01-01" }, 400],
  ])("%s", async (_name, change, expected) => {
    const mock = await startMock({ answer: [{}] });
    const { status } = await post(`${mock.url}/v1/messages`, good, { ...headers, ...change });
    expect(status).toBe(expected);
  });

  it("more calls at once than it takes, and says when to come back", async () => {
    const mock = await startMock({
      answer: () => ({ text: "a" }),
      latencyMs: 50,
      maxConcurrent: 2,
      retryAfter: "1",
    });
    const model = modelOf(mock.url);
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => ask(model)));
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason as unknown] : [],
    );
    expect(failures).toHaveLength(3);
    for (const failure of failures)
      expect(failure).toMatchObject({ code: "model.rateLimited", retryAfterMs: 1_000 });
    expect(mock.stats()).toMatchObject({ paid: 2, peakConcurrent: 2, refusals: { 429: 3 } });
  });

  it("prompts that are too long", async () => {
    const mock = await startMock({ answer: [{}], contextTokens: 50 });
    const long = requestOf([{ role: "user", text: "word ".repeat(200) }]);
    await expect(ask(modelOf(mock.url), long)).rejects.toMatchObject({ code: "model.contextFull" });
  });
});

describe("the mock of the Messages API", () => {
  it("answers as a whole where no stream is asked for", async () => {
    const mock = await startMock({
      answer: [{ text: "Hi", toolCalls: [{ name: "read_file", input: { a: 1 } }] }],
    });
    const { status, body } = await post(`${mock.url}/v1/messages`, good);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      stop_reason: "tool_use",
      content: [
        { type: "text", text: "Hi" },
        { type: "tool_use", name: "read_file", input: { a: 1 } },
      ],
    });
  });

  it("is the same again with the same seed", async () => {
    const outcomes: number[][] = [];
    for (let time = 0; time < 2; time += 1) {
      const mock = await startMock({ answer: () => ({}), overloadedShare: 0.5, seed: 7 });
      const statuses: number[] = [];
      for (let call = 0; call < 12; call += 1)
        statuses.push((await post(`${mock.url}/v1/messages`, good)).status);
      outcomes.push(statuses);
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(new Set(outcomes[0])).toEqual(new Set([200, 529]));
  });

  it("counts bodies that were paid for twice", async () => {
    const mock = await startMock({ answer: () => ({ text: "a" }) });
    const model = modelOf(mock.url);
    await ask(model);
    await ask(model);
    expect(mock.stats()).toMatchObject({ paid: 2, paidTwice: 1 });
  });

  it("runs as a process by a script, for the agent that the prompt is for and the turn it is at", async () => {
    const { url, stop } = await serve({
      format: 1,
      agents: {
        "back-end-coder": [
          { text: "I read.", toolCalls: [{ name: "read_file", input: { path: "a" } }] },
          { when: { taskType: "implementation.code" }, text: "Done." },
        ],
        "*": [{ text: "Somebody else." }],
      },
    });
    const model = modelOf(url);
    const task: Message = {
      role: "user",
      text: "Write it.\n\n<context>\nTask t1 (implementation.code) in phase implementation.",
    };
    const { message } = await ask(model, requestOf([task]));
    expect(message.text).toBe("I read.");
    const results = message.toolCalls.map(({ id }) => ({ toolCallId: id, text: "x", isError: false }));
    const talked: Message[] = [task, message, { role: "tool", results }];
    expect((await ask(model, requestOf(talked))).message.text).toBe("Done.");
    expect((await ask(model, { ...hello, system: "# Tester" })).message.text).toBe("Somebody else.");
    await expect(ask(model, requestOf([...talked, { ...message, text: "Done." }, task]))).rejects.toThrow(
      "script.exhausted",
    );
    expect(await (await fetch(`${url}/mock/stats`)).json()).toMatchObject({ requests: 4, paid: 3 });
    expect(await stop()).toBe(0);
  });
});

async function post(
  url: string,
  body: object,
  sent: Readonly<Record<string, string | undefined>> = headers,
): Promise<{ status: number; body: unknown }> {
  const given = Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const reply = await fetch(url, {
    method: "POST",
    headers: Object.fromEntries(given),
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: await reply.json() };
}

async function serve(script: object): Promise<{ url: string; stop: () => Promise<number> }> {
  const folder = mkdtempSync(join(tmpdir(), "agent-team-test-"));
  const file = join(folder, "script.json");
  writeFileSync(file, JSON.stringify(script));
  const program = new URL("../../support/anthropic-mock/serve.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, "--script", file, "--key", secret], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  onTestFinished(async () => {
    child.kill();
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
  const [line] = await once(child.stdout, "data");
  const { url } = JSON.parse(String(line)) as { url: string };
  const stop = async (): Promise<number> => {
    child.stdin.end();
    const [status] = await closed;
    return status;
  };
  return { url, stop };
}
