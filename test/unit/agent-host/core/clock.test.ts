import { describe, expect, it } from "vitest";
import { systemClock, withLimit } from "../../../../agent-host/core/clock.ts";

const limit = { limitMs: 5, code: "test.limit", message: "took too long", hint: "be quick" };
const never = new AbortController().signal;
const pending = new Promise<never>(() => undefined);

describe("withLimit", () => {
  it("gives what the promise gives", async () => {
    expect(await withLimit(Promise.resolve(1), limit, never)).toBe(1);
    await expect(withLimit(Promise.reject(new Error("own")), limit, never)).rejects.toThrow("own");
  });

  it("throws with code and hint when the limit is reached", async () => {
    await expect(withLimit(pending, limit, never)).rejects.toMatchObject({
      code: "test.limit",
      hint: "be quick",
    });
  });

  it("throws the signal's reason as soon as it aborts", async () => {
    const controller = new AbortController();
    const waiting = withLimit(pending, { ...limit, limitMs: 60_000 }, controller.signal);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("systemClock.sleep", () => {
  it("rejects at once for a signal that has aborted", async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  });

  it("stops waiting when the signal aborts", async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error("meanwhile"));
    await expect(sleeping).rejects.toThrow("meanwhile");
  });
});
