import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { Message } from "../../../agent-host/protocol/conversation.ts";
import type { MockTurn } from "../../support/anthropic-mock/mock-turn.ts";
import { ask, hello, idle, modelOf, readFileTool, requestOf, secret, startMock } from "./mock-fixture.ts";

const work: MockTurn = {
  thinking: "The file first. Ünïcödé 🎉",
  text: "Ich lese 日本語 🎉 die Datei.",
  toolCalls: [
    { name: "read_file", input: { path: "src/ä 🎉.ts" } },
    { name: "list_files", input: {} },
  ],
};

describe("a model of an Anthropic endpoint", () => {
  it("answers with text as it comes, calls with their input, and why it stopped", async () => {
    const mock = await startMock({ answer: [work], fragmentBytes: 3, pieceCharacters: 2 });
    const heard: string[] = [];
    const { message } = await modelOf(mock.url).answer(hello, (text) => heard.push(text), idle);
    expect(heard.join("")).toBe(work.text);
    expect(heard.length).toBeGreaterThan(5);
    expect(message).toMatchObject({
      role: "assistant",
      text: work.text,
      stop: "toolUse",
      model: "anthropic:claude-test",
    });
    expect(message.toolCalls.map(({ name, input }) => ({ name, input }))).toEqual(work.toolCalls);
  });

  it.each([
    ["end_turn", "endTurn"],
    ["stop_sequence", "endTurn"],
    ["max_tokens", "maxTokens"],
    ["refusal", "refusal"],
    ["pause_turn", "pause"],
    ["model_context_window_exceeded", "contextFull"],
    ["something_new", "endTurn"],
  ])("understands the stop %s as %s", async (stop, expected) => {
    const mock = await startMock({ answer: [{ text: "Well.", stop }] });
    expect((await ask(modelOf(mock.url))).message.stop).toBe(expected);
  });

  it("carries out nothing of an answer that was refused on the way", async () => {
    const mock = await startMock({ answer: [{ ...work, stop: "refusal" }] });
    expect((await ask(modelOf(mock.url))).message).toMatchObject({ stop: "refusal", toolCalls: [] });
  });

  it("tells usage to the token, and what it costs", async () => {
    const mock = await startMock({
      answer: [{ text: "Yes.", usage: { input: 12_345, output: 678, cacheRead: 10_000 } }],
    });
    expect((await ask(modelOf(mock.url))).usage).toEqual({
      inputTokens: 12_345,
      outputTokens: 678,
      cacheReadTokens: 10_000,
      cacheWriteTokens: 0,
      costUsd: (2_345 * 2 + 10_000 * 0.2 + 678 * 10) / 1_000_000,
    });
  });

  it("tells no price where none is known", async () => {
    const mock = await startMock({ answer: [{ text: "Yes." }] });
    const model = modelOf(mock.url, { model: { price: null } });
    expect((await ask(model)).usage.costUsd).toBeNull();
    expect(model.worstCase(hello).costUsd).toBeNull();
  });

  it("works through a task that a strict server takes, reads its cache, and uses no more than it set aside", async () => {
    const turns: MockTurn[] = [work, { ...work, thinking: "Now the next one." }, { text: "Done." }];
    const mock = await startMock({ answer: turns });
    const model = modelOf(mock.url);
    const messages: Message[] = [{ role: "user", text: "Mend the file." }];
    for (const _ of turns) {
      const request = requestOf(messages, { effort: "high" });
      const worst = model.worstCase(request);
      const { message, usage } = await ask(model, request);
      expect(usage.inputTokens + usage.outputTokens).toBeLessThanOrEqual(worst.tokens);
      expect(usage.costUsd ?? 0).toBeLessThanOrEqual(worst.costUsd ?? 0);
      messages.push(message);
      if (message.toolCalls.length === 0) break;
      const results = message.toolCalls.map(({ id }) => ({
        toolCallId: id,
        text: "export {};",
        isError: false,
      }));
      messages.push({ role: "tool", results });
    }
    expect(messages).toHaveLength(6);
    const { refusals, tokens, connections, complaints } = mock.stats();
    expect({ refusals, complaints, connections }).toEqual({ refusals: {}, complaints: [], connections: 1 });
    // Each call but the first reads all that the one before has written.
    expect(tokens.cacheRead).toBeGreaterThan(tokens.cacheWrite / 2);
  });

  it("sends these headers and no others, whatever the environment says", async () => {
    const mock = await startMock({ answer: [{}] });
    const variables = {
      ANTHROPIC_API_KEY: "another",
      ANTHROPIC_AUTH_TOKEN: "another",
      ANTHROPIC_BASE_URL: "http://127.0.0.1:9",
      ANTHROPIC_CUSTOM_HEADERS: "x-smuggled: yes\nx-api-key: another",
      ANTHROPIC_LOG: "debug",
      HTTP_PROXY: "http://127.0.0.1:9",
    };
    const { stdout, status } = await inChild(mock.url, variables);
    expect(status).toBe(0);
    expect(stdout).toBe("");
    const { host, ...headers } = mock.seen[0]?.headers ?? {};
    expect(headers).toEqual({
      accept: "application/json",
      "accept-encoding": "identity",
      "anthropic-version": "2026-10-21",
      connection: "keep-alive",
      "content-length": expect.any(String),
      "content-type": "application/json",
      "user-agent": expect.stringMatching(/^agent-team\//),
      "x-api-key": secret,
    });
    expect(host).toBe(new URL(mock.url).host);
  });

  it("writes nothing to stdout, also where everything goes wrong", async () => {
    const mock = await startMock({
      answer: [{ text: "a", fault: { kind: "badJson", atEvent: 2 } }, { error: { status: 529 } }, {}],
    });
    for (let call = 0; call < 3; call += 1) {
      expect(await inChild(mock.url, { ANTHROPIC_LOG: "debug" })).toMatchObject({ stdout: "", status: 0 });
    }
    expect(mock.stats().requests).toBe(3);
  });

  it.each([
    ["apiKey", { "x-api-key": secret }],
    ["bearer", { authorization: `Bearer ${secret}` }],
    ["both", { "x-api-key": secret, authorization: `Bearer ${secret}` }],
  ] as const)("sends the key as the endpoint wants it: %s", async (auth, expected) => {
    const mock = await startMock({ answer: [{}] });
    await ask(
      modelOf(mock.url, {
        endpoint: { auth, headers: { "Anthropic-Version": "2023-06-01", "X-Team": "a" } },
      }),
    );
    const headers = mock.seen[0]?.headers;
    expect(headers).toMatchObject({ ...expected, "anthropic-version": "2023-06-01", "x-team": "a" });
    expect(
      Object.keys(headers ?? {})
        .filter((name) => ["x-api-key", "authorization"].includes(name))
        .sort(),
    ).toEqual(Object.keys(expected).sort());
  });

  it("keeps the path of an address", async () => {
    const mock = await startMock({ answer: [] });
    await expect(ask(modelOf(`${mock.url}/proxy/v9/`))).rejects.toMatchObject({ code: "model.unknown" });
    await expect(ask(modelOf(`${mock.url}/proxy/v9`))).rejects.toThrow("/proxy/v9/v1/messages");
  });

  it("leaves out what an endpoint does not understand", async () => {
    const mock = await startMock({ answer: [{}] });
    const can = { countTokens: false, thinking: false, cache: false, effort: false };
    await ask(modelOf(mock.url, { endpoint: { can } }), requestOf(hello.messages, { effort: "low" }));
    expect(mock.seen[0]?.body).toEqual({
      model: "claude-test",
      max_tokens: 1_000,
      stream: true,
      system: [{ type: "text", text: hello.system }],
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
      tools: [{ name: "read_file", description: "Reads a file", input_schema: readFileTool.inputSchema }],
    });
  });

  it("counts tokens by the endpoint, and by rule of thumb where that fails", async () => {
    const mock = await startMock({ answer: [] });
    const counted = await modelOf(mock.url).countTokens(hello, idle);
    const { countTokens: _, ...rest } = { countTokens: true, thinking: false, cache: false, effort: false };
    const estimated = await modelOf(mock.url, {
      endpoint: { can: { ...rest, countTokens: false } },
    }).countTokens(hello, idle);
    expect(mock.stats().counts).toBe(1);
    expect(counted).toBeGreaterThan(20);
    expect(estimated).toBeGreaterThan(20);
    await mock.close();
    expect(await modelOf(mock.url).countTokens(hello, idle)).toBe(estimated);
    await expect(modelOf(mock.url).countTokens(hello, AbortSignal.abort("stop"))).rejects.toBe("stop");
  });

  it("tells the headers of answers and refusals, for the limits in them", async () => {
    const headers = { "anthropic-ratelimit-requests-remaining": "7" };
    const mock = await startMock({ answer: [{}, { error: { status: 429 } }], headers });
    const heard: (string | null)[] = [];
    const onLimits = (header: (name: string) => string | null): void => {
      heard.push(header("anthropic-ratelimit-requests-remaining"));
    };
    const model = modelOf(mock.url, { options: { onLimits } });
    await ask(model);
    await expect(ask(model)).rejects.toMatchObject({ code: "model.rateLimited" });
    expect(heard).toEqual(["7", "7"]);
  });

  it("serves many calls at once, over kept connections", async () => {
    const mock = await startMock({ answer: () => work, latencyMs: 20, fragmentBytes: null });
    const model = modelOf(mock.url);
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(Array.from({ length: 64 }, () => ask(model)));
      expect(answers.every(({ message }) => message.toolCalls.length === 2)).toBe(true);
    }
    expect(mock.stats()).toMatchObject({ requests: 192, peakConcurrent: 64, connections: 64 });
  });
});

/** One call in a process of its own, which prints nothing by itself. */
async function inChild(
  url: string,
  variables: Record<string, string>,
): Promise<{ stdout: string; status: number }> {
  const program = `
    const { anthropicModel } = await import(process.env.MODEL_FILE);
    const { systemClock } = await import(process.env.CLOCK_FILE);
    const can = { countTokens: true, thinking: true, cache: true, effort: true };
    const endpoint = { name: "anthropic", baseUrl: process.env.MOCK_URL, auth: "apiKey", headers: {}, can, key: () => process.env.MOCK_KEY };
    const model = { id: "claude-test", contextTokens: null, maxOutputTokens: null, price: null };
    const request = JSON.parse(process.env.REQUEST);
    const signal = new AbortController().signal;
    await anthropicModel({ endpoint, model, clock: systemClock }).answer(request, () => undefined, signal).catch(() => undefined);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...variables,
      MODEL_FILE: new URL("../../../agent-host/models/anthropic/anthropic-model.ts", import.meta.url).href,
      CLOCK_FILE: new URL("../../../agent-host/core/clock.ts", import.meta.url).href,
      MOCK_URL: url,
      MOCK_KEY: secret,
      REQUEST: JSON.stringify(hello),
    },
  });
  let stdout = "";
  child.stdout.on("data", (text) => {
    stdout += String(text);
  });
  const [status] = await once(child, "close");
  return { stdout, status };
}
