import { describe, expect, it } from "vitest";
import { CrashLoop, hostCrashLimits } from "../../../../extension/host/crash-loop.ts";

describe("CrashLoop", () => {
  it("tries again after each of the first two crashes, with a longer pause", () => {
    const loop = new CrashLoop(hostCrashLimits);
    expect(loop.record(0)).toEqual({ kind: "retry", attempt: 1, delayMs: 250 });
    expect(loop.record(1_000)).toEqual({ kind: "retry", attempt: 2, delayMs: 1_000 });
  });

  it("stops at the third crash in five minutes", () => {
    const loop = new CrashLoop(hostCrashLimits);
    loop.record(0);
    loop.record(100_000);
    expect(loop.record(299_999)).toEqual({ kind: "stop", crashes: 3 });
  });

  it("forgets crashes that are five minutes old", () => {
    const loop = new CrashLoop(hostCrashLimits);
    loop.record(0);
    loop.record(1_000);
    expect(loop.record(300_500)).toMatchObject({ kind: "retry", attempt: 2 });
  });

  it("begins anew after a reset", () => {
    const loop = new CrashLoop(hostCrashLimits);
    loop.record(0);
    loop.record(1);
    loop.reset();
    expect(loop.record(2)).toMatchObject({ kind: "retry", attempt: 1 });
  });
});
