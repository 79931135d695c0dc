import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchIdle } from "../../../../agent-host/host/idle-watch.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function watch(isBusy: () => boolean): { idle: () => number } {
  let count = 0;
  watchIdle({ idleMs: 1_000, monotonicMs: () => performance.now(), isBusy, onIdle: () => (count += 1) });
  return { idle: () => count };
}

describe("watchIdle", () => {
  it("tells once, when nobody needed the host for the whole time", () => {
    const watched = watch(() => false);
    vi.advanceTimersByTime(900);
    expect(watched.idle()).toBe(0);
    vi.advanceTimersByTime(5_000);
    expect(watched.idle()).toBe(1);
  });

  it("begins anew after the host was busy", () => {
    let busy = true;
    const watched = watch(() => busy);
    vi.advanceTimersByTime(10_000);
    busy = false;
    vi.advanceTimersByTime(1_000);
    expect(watched.idle()).toBe(0);
    vi.advanceTimersByTime(200);
    expect(watched.idle()).toBe(1);
  });
});
