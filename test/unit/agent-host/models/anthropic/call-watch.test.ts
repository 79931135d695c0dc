import { describe, expect, it } from "vitest";
import { CallWatch } from "../../../../../agent-host/models/anthropic/call-watch.ts";
import { FakeTime } from "../limits/fake-time.ts";

const limits = { idleMs: 30_000, firstByteMs: 120_000, totalMs: 600_000 };

describe("a watch over a call", () => {
  it("gives up where the first byte does not come in time", async () => {
    const { time, watch } = started();
    await time.pass(119_999);
    expect(watch.stall).toBeNull();
    await time.pass(1);
    expect(watch.stall).toEqual({ kind: "firstByte", limitMs: 120_000 });
    expect(watch.signal.aborted).toBe(true);
  });

  it("gives up exactly as long after the last byte as it may be idle", async () => {
    const { time, watch } = started();
    for (const afterMs of [500, 29_000, 29_999]) {
      await time.pass(afterMs);
      watch.hear();
    }
    await time.pass(29_999);
    expect(watch.stall).toBeNull();
    await time.pass(1);
    expect(watch.stall).toEqual({ kind: "idle", limitMs: 30_000 });
  });

  it("gives up after the whole time, however much comes", async () => {
    const { time, watch } = started();
    for (let passed = 0; passed < 600_000; passed += 10_000) {
      expect(watch.stall).toBeNull();
      await time.pass(10_000);
      watch.hear();
    }
    await time.pass(1);
    expect(watch.stall).toEqual({ kind: "total", limitMs: 600_000 });
  });

  it("waits no more than about a second for the end of a connection whose answer is whole", async () => {
    const { time, watch } = started();
    watch.hear();
    watch.expectEnd();
    await time.pass(2_000);
    expect(watch.signal.aborted).toBe(true);
  });

  it("aborts with the reason of the caller", () => {
    const { watch, outer } = started();
    outer.abort("stop");
    expect(watch.signal.reason).toBe("stop");
    expect(watch.stall).toBeNull();
  });

  it("does nothing any more once it is closed", async () => {
    const { time, watch, outer } = started();
    watch.close();
    outer.abort("stop");
    await time.pass(1_000_000);
    expect(watch.signal.aborted).toBe(false);
  });
});

function started(): { time: FakeTime; watch: CallWatch; outer: AbortController } {
  const time = new FakeTime();
  const outer = new AbortController();
  return { time, outer, watch: new CallWatch(time, limits, outer.signal) };
}
