import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EndpointLimiter } from "../../../../../agent-host/models/limits/endpoint-limiter.ts";
import { ModelError } from "../../../../../agent-host/models/model-error.ts";
import { FakeEndpoint, refusal, team } from "./fake-endpoint.ts";
import { FakeTime } from "./fake-time.ts";

const { signal } = new AbortController();
const never = new Promise<never>(() => undefined);

describe("an endpoint limiter", () => {
  it.each([
    { retryAfter: "none", more: {} },
    { retryAfter: "a second", more: { retryAfterMs: 1_000 } },
  ])(
    "finishes 64 agents behind 16 slots in about the ideal time, each call paid once; retry-after: $retryAfter",
    async ({ more }) => {
      const time = new FakeTime();
      const endpoint = new FakeEndpoint(16, { time, latencyMs: () => 50, ...more });
      const limiter = new EndpointLimiter({ clock: time });
      let doneAtMs = Number.NaN;
      const done = team({ agents: 64, turns: 3 }, limiter, endpoint).then((turns) => {
        doneAtMs = time.monotonicMs();
        return turns;
      });
      await time.pass(60_000);
      expect(await done).toHaveLength(64);
      expect(doneAtMs).toBeLessThanOrEqual(((64 * 3) / 16) * 50 * 1.15);
      expect(endpoint.taken).toHaveLength(64 * 3);
      expect(new Set(endpoint.taken).size).toBe(64 * 3);
      expect(endpoint.refused).toBeLessThanOrEqual(24);
    },
  );

  it.each([
    { lateMs: 1, most: 1.45 },
    { lateMs: 4, most: 1.45 },
    { lateMs: 15, most: 1.45 },
  ])("bears places that are freed $lateMs ms late", async ({ lateMs, most }) => {
    const time = new FakeTime();
    const latencyMs = (call: number): number => 30 + ((call * 7_919) % 60);
    const endpoint = new FakeEndpoint(16, { time, latencyMs, lateMs });
    const limiter = new EndpointLimiter({ clock: time });
    let doneAtMs = Number.NaN;
    const done = team({ agents: 64, turns: 20 }, limiter, endpoint).then(() => {
      doneAtMs = time.monotonicMs();
    });
    await time.pass(600_000);
    await done;
    const idealMs = ((64 * 20) / 16) * (59.5 + lateMs);
    expect(doneAtMs).toBeLessThanOrEqual(idealMs * most);
    expect(endpoint.refused).toBeLessThan(64 * 20 * 0.1);
  });

  it("finishes every call once, in bounds, whatever the endpoint takes and however long it needs", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          capacity: fc.integer({ min: 1, max: 40 }),
          later: fc.integer({ min: 1, max: 40 }),
          agents: fc.integer({ min: 1, max: 60 }),
          turns: fc.integer({ min: 1, max: 4 }),
          max: fc.integer({ min: 1, max: 32 }),
          start: fc.integer({ min: 1, max: 20 }),
          latencies: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 20 }),
          retryAfterMs: fc.option(fc.integer({ min: 0, max: 2_000 }), { nil: undefined }),
        }),
        async ({ capacity, later, agents, turns, max, start, latencies, retryAfterMs }) => {
          const time = new FakeTime();
          const latencyMs = (call: number): number => latencies[call % latencies.length] ?? 1;
          const endpoint = new FakeEndpoint(capacity, {
            time,
            latencyMs,
            ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
          });
          const limiter = new EndpointLimiter({ clock: time, start, max });
          const done = team({ agents, turns }, limiter, endpoint);
          await time.pass(300);
          endpoint.capacity = later;
          await time.pass(600_000);
          expect(await done).toHaveLength(agents);
          expect(endpoint.taken).toHaveLength(agents * turns);
          expect(endpoint.mostOpen).toBeLessThanOrEqual(max);
          // Each refusal but those of one burst follows a call that ended.
          expect(endpoint.refused).toBeLessThanOrEqual(agents * turns + 2 * Math.max(start, max));
          expect(limiter.status()).toMatchObject({ open: 0, queued: 0, refused: endpoint.refused });
          expect(limiter.status().limit).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("begins calls in the order in which they came", async () => {
    const time = new FakeTime();
    const endpoint = new FakeEndpoint(5, { time, latencyMs: (call) => 10 + ((call * 7) % 5) });
    const limiter = new EndpointLimiter({ clock: time });
    const names = Array.from({ length: 40 }, (_, at) => String(at));
    const done = Promise.all(names.map((name) => limiter.run(() => endpoint.call(name, signal), signal)));
    await time.pass(10_000);
    await done;
    // The first burst learns the limit: what it was refused goes first, in order, after it.
    expect(endpoint.taken).toEqual(names);
  });

  it("grows fast where nothing is refused", async () => {
    const time = new FakeTime();
    const endpoint = new FakeEndpoint(1_000, { time, latencyMs: () => 100 });
    const limiter = new EndpointLimiter({ clock: time, max: 64 });
    void team({ agents: 200, turns: 10 }, limiter, endpoint);
    await time.pass(350);
    expect(endpoint.mostOpen).toBe(64);
    expect(limiter.status()).toMatchObject({ open: 64, limit: 64, refused: 0 });
  });

  it("grows as soon as answers begin, not only when they end", async () => {
    const time = new FakeTime();
    const limiter = new EndpointLimiter({ clock: time });
    const accepts: (() => void)[] = [];
    for (let at = 0; at < 40; at++) {
      void limiter.run(async (accepted) => {
        accepts.push(accepted);
        await never;
      }, signal);
    }
    await time.pass(1);
    expect(accepts).toHaveLength(16);
    for (const accepted of accepts.slice()) accepted();
    await time.pass(1);
    expect(accepts).toHaveLength(32);
  });

  it("asks a refused call again when another ends, without resting", async () => {
    const time = new FakeTime();
    const limiter = new EndpointLimiter({ clock: time, start: 2 });
    let endFirst = (_answer: string): void => undefined;
    const first = limiter.run(() => new Promise<string>((resolve) => (endFirst = resolve)), signal);
    let asked = 0;
    const second = limiter.run(async () => {
      asked += 1;
      if (asked === 1) throw refusal();
      return "second";
    }, signal);
    await time.pass(60_000);
    expect(asked).toBe(1);
    endFirst("first");
    await time.pass(0);
    expect(await Promise.all([first, second])).toEqual(["first", "second"]);
    expect(asked).toBe(2);
  });

  it("waits as long as a refusal asks, and begins no other call meanwhile", async () => {
    const time = new FakeTime();
    const limiter = new EndpointLimiter({ clock: time });
    const asked: string[] = [];
    let refusals = 1;
    const ask = (name: string) => async (): Promise<string> => {
      asked.push(`${name} ${time.monotonicMs()}`);
      if (refusals-- > 0) throw refusal(5_000);
      return name;
    };
    const first = limiter.run(ask("a"), signal);
    await time.pass(100);
    const second = limiter.run(ask("b"), signal);
    await time.pass(4_800);
    expect(asked).toEqual(["a 0"]);
    await time.pass(200);
    expect(await Promise.all([first, second])).toEqual(["a", "b"]);
    expect(asked).toEqual(["a 0", "a 5000", "b 5000"]);
  });

  it("asks before that time where others succeed: the endpoint has no more to do than before", async () => {
    const time = new FakeTime();
    const endpoint = new FakeEndpoint(2, { time, latencyMs: () => 100, retryAfterMs: 1_000 });
    const limiter = new EndpointLimiter({ clock: time, start: 3, max: 3 });
    const names = ["a", "b", "c", "d", "e"];
    const done = Promise.all(names.map((name) => limiter.run(() => endpoint.call(name, signal), signal)));
    await time.pass(300);
    await done;
    expect(endpoint.taken).toEqual(names);
    expect(endpoint.refused).toBe(1);
  });

  it.each([
    { name: "a long wait", retryAfterMs: 20_000, asked: ["first 0", "other 1000", "first 20000"] },
    {
      name: "a short one the second time",
      retryAfterMs: 3_000,
      asked: ["first 0", "first 1000", "first 4000", "other 4000"],
    },
  ])("waits $name to its end all the same", async ({ retryAfterMs, asked }) => {
    const time = new FakeTime();
    const limiter = new EndpointLimiter({ clock: time });
    const log: string[] = [];
    let refusals = retryAfterMs > 5_000 ? 1 : 2;
    void limiter.run(() => time.sleep(1_000, signal), signal);
    const ask = (name: string, refusesSome: boolean) =>
      limiter.run(async () => {
        log.push(`${name} ${time.monotonicMs()}`);
        if (refusesSome && refusals-- > 0) throw refusal(retryAfterMs);
      }, signal);
    const first = ask("first", true);
    await time.pass(10);
    const other = ask("other", false);
    await time.pass(30_000);
    await Promise.all([first, other]);
    expect(log).toEqual(asked);
  });

  it("leaves an endpoint alone that refuses also what it is asked meanwhile", async () => {
    const time = new FakeTime();
    const limiter = new EndpointLimiter({ clock: time });
    const log: string[] = [];
    const isOpen = (): boolean => time.monotonicMs() >= 10_000;
    const ask = (name: string) =>
      limiter.run(async () => {
        log.push(`${name} ${time.monotonicMs()}`);
        if (!isOpen()) throw refusal(10_000 - time.monotonicMs());
      }, signal);
    for (const ms of [1_000, 2_000, 3_000]) void limiter.run(() => time.sleep(ms, signal), signal);
    const first = ask("first");
    await time.pass(10);
    const others = [ask("b"), ask("c"), ask("d")];
    await time.pass(15_000);
    await Promise.all([first, ...others]);
    expect(log).toEqual(["first 0", "b 1000", "first 10000", "b 10000", "c 10000", "d 10000"]);
  });

  it("asks ever more seldom where everything is refused, and gives up after 5 minutes", async () => {
    const time = new FakeTime();
    const endpoint = new FakeEndpoint(0, { time, latencyMs: () => 1 });
    const limiter = new EndpointLimiter({ clock: time });
    const settled = Array.from({ length: 100 }, (_, at) =>
      limiter.run(() => endpoint.call(String(at), signal), signal).catch((error: unknown) => error),
    );
    await time.pass(6 * 60_000);
    const errors = await Promise.all(settled);
    expect(errors.every((error) => error instanceof ModelError && error.code === "model.rateLimited")).toBe(
      true,
    );
    expect(endpoint.refused).toBeLessThan(60);
    expect(limiter.status()).toMatchObject({ open: 0, queued: 0, limit: 1 });
    endpoint.capacity = 4;
    const next = limiter.run(() => endpoint.call("next", signal), signal);
    await time.pass(30_002);
    expect(await next).toBe("next");
  });

  it("hands on a wait of more than a minute, and failures that it cannot help", async () => {
    const limiter = new EndpointLimiter({ clock: new FakeTime() });
    const failing = (error: unknown) => limiter.run(() => Promise.reject(error), signal);
    const tooLong = refusal(61_000);
    await expect(failing(tooLong)).rejects.toBe(tooLong);
    const others = new EndpointLimiter({ clock: new FakeTime() });
    const paid = new ModelError("model.rateLimited", "after work", { retry: "paid" });
    for (const error of [paid, new ModelError("model.cut", "cut", { retry: "paid" }), new Error("bug")]) {
      await expect(others.run(() => Promise.reject(error), signal)).rejects.toBe(error);
    }
    expect(others.status()).toMatchObject({ open: 0, refused: 0 });
  });

  it("lets fewer calls begin after an overload, which it hands on", async () => {
    const limiter = new EndpointLimiter({ clock: new FakeTime() });
    const overloaded = new ModelError("model.overloaded", "busy", { status: 529, retry: "free" });
    await expect(limiter.run(() => Promise.reject(overloaded), signal)).rejects.toBe(overloaded);
    expect(limiter.status().limit).toBe(12);
  });

  it("drops a call whose signal aborts while it waits, and frees nothing that it did not hold", async () => {
    const time = new FakeTime();
    const limiter = new EndpointLimiter({ clock: time, start: 1, max: 1 });
    let endFirst = (_answer: string): void => undefined;
    const first = limiter.run(() => new Promise<string>((resolve) => (endFirst = resolve)), signal);
    const abort = new AbortController();
    const second = limiter.run(() => Promise.resolve("second"), abort.signal);
    const third = limiter.run(() => Promise.resolve("third"), signal);
    abort.abort(new Error("cancelled"));
    await expect(second).rejects.toThrow("cancelled");
    expect(limiter.status()).toMatchObject({ open: 1, queued: 1 });
    endFirst("first");
    expect(await Promise.all([first, third])).toEqual(["first", "third"]);
    await expect(limiter.run(() => Promise.resolve(""), abort.signal)).rejects.toThrow("cancelled");
  });

  it("refuses a call where too many wait already", async () => {
    const limiter = new EndpointLimiter({ clock: new FakeTime(), start: 1, max: 1, maxQueued: 2 });
    for (let at = 0; at < 3; at++) void limiter.run(() => never, signal);
    await expect(limiter.run(() => never, signal)).rejects.toMatchObject({ code: "model.queueFull" });
  });

  it("spreads calls over the time in which the endpoint's allowance fills again", async () => {
    const time = new FakeTime();
    const limiter = new EndpointLimiter({ clock: time });
    limiter.heard({ remaining: 2, limit: 62, resetMs: 60_000, isOutOfTokens: false, tokensResetMs: null });
    const begun: number[] = [];
    const calls = Array.from({ length: 5 }, () =>
      limiter.run(async () => begun.push(time.monotonicMs()), signal),
    );
    await time.pass(10_000);
    await Promise.all(calls);
    expect(begun).toEqual([0, 0, 1_000, 2_000, 3_000]);
  });

  it("rests a little where the endpoint has no tokens left", async () => {
    const time = new FakeTime();
    const limiter = new EndpointLimiter({ clock: time });
    limiter.heard({
      remaining: null,
      limit: null,
      resetMs: null,
      isOutOfTokens: true,
      tokensResetMs: 40_000,
    });
    const call = limiter.run(async () => time.monotonicMs(), signal);
    await time.pass(6_000);
    expect(await call).toBe(5_000);
  });
});
