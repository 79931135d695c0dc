import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import type { MockFault, MockTurn } from "../../support/anthropic-mock/mock-turn.ts";
import {
  ask,
  type Changes,
  failureOf,
  hello,
  idle,
  modelOf,
  requestOf,
  secret,
  startMock,
} from "./mock-fixture.ts";

const answer: MockTurn = {
  text: "I look at the file.",
  toolCalls: [{ name: "read_file", input: { path: "a.ts" } }],
  usage: { input: 1_000, output: 50, cacheRead: 200 },
};
const startOnly = 450;

async function failureWith(fault: MockFault, changes: Changes = {}) {
  const mock = await startMock({ answer: [{ ...answer, fault }], fragmentBytes: null });
  const failure = await failureOf(ask(modelOf(mock.url, changes)));
  return { failure, stats: mock.stats() };
}

describe("an answer that breaks off", () => {
  const quick = { options: { idleMs: 60, firstByteMs: 60 } };

  it.each<[string, MockFault, string, Changes?]>([
    ["is cut right after its head", { kind: "cut", afterBytes: 0 }, "model.cut"],
    ["is cut after its start", { kind: "cut", afterBytes: startOnly }, "model.cut"],
    ["ends properly after its start", { kind: "end", afterBytes: startOnly }, "model.cut"],
    ["ends properly without any byte", { kind: "end", afterBytes: 0 }, "model.cut"],
    ["has no message_stop", { kind: "noMessageStop" }, "model.cut"],
    ["says that it is overloaded", { kind: "midStreamError", atEvent: 4 }, "model.cut"],
    ["has data that is no JSON", { kind: "badJson", atEvent: 3 }, "model.badStream"],
    ["has no start", { kind: "withoutEvent", atEvent: 0 }, "model.badStream"],
    [
      "is a page for people",
      { kind: "body", contentType: "text/html", body: "<h1>Log in</h1>" },
      "model.badStream",
    ],
    [
      "is noise",
      { kind: "body", contentType: "text/event-stream", body: Buffer.alloc(5_000, 0xfe) },
      "model.badStream",
    ],
    [
      "is a list",
      { kind: "body", contentType: "text/event-stream", body: "event: message_start\ndata: []\n\n" },
      "model.badStream",
    ],
    ["stops coming", { kind: "stall", afterBytes: startOnly }, "model.stalled", quick],
    ["stops after its head", { kind: "stall", afterBytes: 0 }, "model.stalled", quick],
    ["never comes", { kind: "silent" }, "model.stalled", quick],
  ])("%s: may be paid, and its code says what happened", async (_name, fault, code, changes) => {
    const { failure } = await failureWith(fault, changes);
    expect(failure).toMatchObject({ code, retry: "paid" });
    expect(failure.hint).toBeTruthy();
  });

  it("tells what was used so far, with the output that came", async () => {
    const { failure } = await failureWith({ kind: "midStreamError", atEvent: 4 });
    expect(failure.usage).toMatchObject({ inputTokens: 1_000, cacheReadTokens: 200 });
    expect(failure.usage?.outputTokens).toBeGreaterThanOrEqual(1);
    const usage = failure.usage ?? expect.fail("no usage");
    expect(usage.costUsd).toBeCloseTo((800 * 2 + 200 * 0.2 + usage.outputTokens * 10) / 1e6, 12);
  });

  it("tells of no usage where the stream told of none", async () => {
    const { failure } = await failureWith({ kind: "cut", afterBytes: 0 });
    expect(failure.usage).toBeNull();
  });

  it("is not given up while pings come", async () => {
    const mock = await startMock({
      answer: [{ ...answer, fault: { kind: "stall", afterBytes: startOnly, pingMs: 20 } }],
      fragmentBytes: null,
    });
    const model = modelOf(mock.url, { options: { idleMs: 200, totalMs: 700 } });
    const failure = await failureOf(ask(model));
    // Alive by its pings until all of it took too long.
    expect(failure).toMatchObject({ code: "model.stalled", retry: "paid" });
    expect(failure.message).toContain("700 ms");
  });

  it("frees its connection when it is given up", async () => {
    const mock = await startMock({
      answer: [{ ...answer, fault: { kind: "stall", afterBytes: startOnly } }],
    });
    await failureOf(ask(modelOf(mock.url, { options: { idleMs: 60 } })));
    await expect.poll(() => mock.stats().abandoned).toBe(1);
  });

  it("is whole once its end was seen, though the connection stays open", async () => {
    const mock = await startMock({ answer: [{ ...answer, fault: { kind: "openEnd" } }] });
    const { message, usage } = await ask(modelOf(mock.url));
    expect(message.toolCalls).toHaveLength(1);
    expect(usage.outputTokens).toBe(50);
    await expect.poll(() => mock.stats().abandoned).toBe(1);
  });
});

describe("a refusal", () => {
  it.each<[number, string, string, string]>([
    [400, "messages: something is wrong", "model.refused", "never"],
    [400, "prompt is too long: 210000 tokens > 200000 maximum", "model.contextFull", "never"],
    [
      400,
      "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
      "model.contextFull",
      "never",
    ],
    [401, "invalid x-api-key", "model.unauthorized", "never"],
    [400, "Your credit balance is too low to access the Anthropic API", "model.quota", "never"],
    [402, "Payment required", "model.quota", "never"],
    [429, "You exceeded your current quota", "model.quota", "never"],
    [403, "Your key may not use this model", "model.unauthorized", "never"],
    [404, "model: claude-test", "model.unknown", "never"],
    [413, "Request exceeds the maximum size", "model.contextFull", "never"],
    [429, "rate limit", "model.rateLimited", "free"],
    [500, "Internal server error", "model.serverError", "free"],
    [503, "Unavailable", "model.serverError", "free"],
    [529, "Overloaded", "model.overloaded", "free"],
  ])("of status %i (%s) is %s, retry %s", async (status, message, code, retry) => {
    const mock = await startMock({ answer: [{ error: { status, message } }] });
    const failure = await failureOf(ask(modelOf(mock.url)));
    expect(failure).toMatchObject({ code, retry, status, usage: null });
    expect(failure.message).toContain(message);
    expect(mock.stats()).toMatchObject({ requests: 1, paid: 0 });
  });

  it.each<[Record<string, string>, number]>([
    [{ "retry-after": "600" }, 600_000],
    [{ "retry-after-ms": "70", "retry-after": "9" }, 70],
  ])("says how long to wait: %j", async (headers, retryAfterMs) => {
    const mock = await startMock({ answer: [{ error: { status: 429, headers } }] });
    expect(await failureOf(ask(modelOf(mock.url)))).toMatchObject({ retryAfterMs });
  });

  it("inside a stream that has not begun costs nothing", async () => {
    const { failure } = await failureWith({ kind: "midStreamError", atEvent: 0 });
    expect(failure).toMatchObject({ code: "model.overloaded", retry: "free", usage: null });
  });

  it("by a redirect is not followed", async () => {
    const elsewhere = await startMock({ answer: [answer] });
    const mock = await startMock({
      answer: [{ error: { status: 307, headers: { location: elsewhere.url } } }],
    });
    expect(await failureOf(ask(modelOf(mock.url)))).toMatchObject({ code: "model.refused", retry: "never" });
    expect(elsewhere.stats().requests).toBe(0);
  });

  it("never repeats the key, whoever says it", async () => {
    const encoded = Buffer.from(secret).toString("base64");
    const message = `bad key ${secret} (${encoded}) ${"x".repeat(5_000)}\u0007\n[31m`;
    const mock = await startMock({
      answer: [
        { error: { status: 400, message, type: `oops_${secret}` } },
        { error: { status: 500, message } },
      ],
    });
    const model = modelOf(mock.url);
    for (const failure of [await failureOf(ask(model)), await failureOf(ask(model))]) {
      const all = everythingOf(failure);
      expect(all).not.toContain(secret);
      expect(all).not.toContain(encoded);
      expect(failure.message.length).toBeLessThan(700);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
      expect(failure.message).not.toMatch(/[\u0000-\u001f]/);
    }
  });
});

describe("an endpoint that cannot be reached", () => {
  it("refuses connections: nothing was paid", async () => {
    const mock = await startMock({ answer: [answer] });
    await mock.close();
    const failure = await failureOf(ask(modelOf(mock.url)));
    expect(failure).toMatchObject({ code: "model.unreachable", retry: "free", usage: null });
    expect(failure.message).toContain("ECONNREFUSED");
  });

  it("resets the connection before any byte: nothing was paid", async () => {
    const { failure } = await failureWith({ kind: "reset" });
    expect(failure).toMatchObject({ code: "model.unreachable", retry: "free" });
  });

  it("does not speak HTTP", async () => {
    const server = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const failure = await failureOf(ask(modelOf(`http://127.0.0.1:${port}`)));
    server.close();
    expect(failure).toMatchObject({ code: "model.unreachable", retry: "free" });
  });

  it.each(["ftp://127.0.0.1", "not an address", `http://user:${secret}@127.0.0.1:1`])(
    "has an address that cannot be asked: %s",
    async (baseUrl) => {
      const failure = await failureOf(ask(modelOf(baseUrl)));
      expect(failure).toMatchObject({ code: "model.unreachable", retry: "never" });
      expect(everythingOf(failure)).not.toContain(secret);
    },
  );
});

describe("a call without a key that can be sent", () => {
  it.each([null, "", "  ", "two words", "line\nbreak"])("is not made: %j", async (key) => {
    const mock = await startMock({ answer: [answer] });
    const failure = await failureOf(ask(modelOf(mock.url, { endpoint: { key: () => key } })));
    expect(failure).toMatchObject({ code: "model.noKey", retry: "never" });
    expect(failure.hint).toContain("ANTHROPIC_API_KEY");
    expect(mock.stats().requests).toBe(0);
  });
});

describe("a call that is cancelled", () => {
  it.each<[string, MockFault]>([
    ["before its answer", { kind: "silent" }],
    ["in its answer", { kind: "stall", afterBytes: startOnly }],
  ])("%s throws the signal's reason and frees its connection", async (_name, fault) => {
    const mock = await startMock({ answer: [{ ...answer, fault }], fragmentBytes: null });
    const controller = new AbortController();
    const call = modelOf(mock.url).answer(hello, () => undefined, controller.signal);
    await expect.poll(() => mock.seen.length).toBe(1);
    const reason = new Error("the person said stop");
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect.poll(() => mock.stats().abandoned).toBe(1);
  });

  it("before it begins asks nobody", async () => {
    const mock = await startMock({ answer: [answer] });
    await expect(modelOf(mock.url).answer(hello, () => undefined, AbortSignal.abort("no"))).rejects.toBe(
      "no",
    );
    expect(mock.stats().requests).toBe(0);
  });

  it("leaves no listener on a signal that lives longer", async () => {
    const mock = await startMock({
      answer: [answer, { error: { status: 500 } }, { ...answer, fault: { kind: "cut", afterBytes: 600 } }],
    });
    const model = modelOf(mock.url);
    const { signal, listeners } = countedSignal();
    await model.answer(hello, () => undefined, signal);
    await failureOf(model.answer(hello, () => undefined, signal));
    await failureOf(model.answer(hello, () => undefined, signal));
    expect(listeners()).toBe(0);
  });

  it("by its own listener throws what that threw", async () => {
    const mock = await startMock({ answer: [answer] });
    const thrown = new Error("the listener failed");
    const call = modelOf(mock.url).answer(
      requestOf([{ role: "user", text: "Hi" }]),
      () => {
        throw thrown;
      },
      idle,
    );
    await expect(call).rejects.toBe(thrown);
  });
});

/** All that could be written of an error: messages, codes, causes, properties. */
function everythingOf(error: Error): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    parts.push(
      at.message,
      at.stack ?? "",
      JSON.stringify(at),
      JSON.stringify(Object.getOwnPropertyNames(at)),
    );
  }
  return parts.join("\n");
}

function countedSignal(): { signal: AbortSignal; listeners: () => number } {
  const { signal } = new AbortController();
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count -= 1;
    remove(...args);
  };
  return { signal, listeners: () => count };
}
