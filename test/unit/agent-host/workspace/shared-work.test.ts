import { describe, expect, test } from "vitest";
import { SharedWork } from "../../../../agent-host/workspace/shared-work.ts";

/** Work that counts its calls and waits until it is told to end, or its signal aborts. */
function countedWork(): { work: SharedWork<number>; calls: () => number; end: () => void } {
  let calls = 0;
  let end = (): void => undefined;
  const work = new SharedWork<number>((signal) => {
    calls += 1;
    const call = calls;
    return new Promise((resolve, reject) => {
      end = () => resolve(call);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  });
  return { work, calls: () => calls, end: () => end() };
}

describe("SharedWork", () => {
  test("is done once for all callers", async () => {
    const { work, calls, end } = countedWork();
    const all = Promise.all([1, 2, 3].map(() => work.get(new AbortController().signal)));
    end();
    expect(await all).toEqual([1, 1, 1]);
    expect(await work.get(new AbortController().signal)).toBe(1);
    expect(calls()).toBe(1);
  });

  test("is done by the next caller when the first gives up", async () => {
    const { work, calls, end } = countedWork();
    const first = new AbortController();
    const given = work.get(first.signal);
    const waiting = work.get(new AbortController().signal);
    first.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    while (calls() < 2) await Promise.resolve();
    end();
    expect(await waiting).toBe(2);
  });

  test("does not keep a failure", async () => {
    let calls = 0;
    const work = new SharedWork<string>(async () => {
      calls += 1;
      if (calls === 1) throw new Error("not yet");
      return "done";
    });
    const { signal } = new AbortController();
    await expect(work.get(signal)).rejects.toThrow("not yet");
    expect(await work.get(signal)).toBe("done");
  });

  test("does not begin for a caller that has given up", async () => {
    const { work, calls } = countedWork();
    await expect(work.get(AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect(calls()).toBe(0);
  });
});
