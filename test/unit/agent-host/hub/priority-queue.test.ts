import { describe, expect, it } from "vitest";
import { PriorityQueue } from "../../../../agent-host/hub/priority-queue.ts";

function drain(queue: PriorityQueue<string>): string[] {
  const taken: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) taken.push(item);
  return taken;
}

describe("PriorityQueue", () => {
  it("gives the highest priority first, and equals in order", () => {
    const queue = new PriorityQueue<string>("q", 10);
    queue.push("low", 1);
    queue.push("first", 5);
    queue.push("second", 5);
    queue.push("high", 10);
    expect(drain(queue)).toEqual(["high", "first", "second", "low"]);
  });

  it("lets a low priority through while higher ones keep coming", () => {
    const queue = new PriorityQueue<string>("q", 1_000);
    queue.push("patient", 1);
    const taken: string[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      queue.push(`urgent ${turn}`, 10);
      taken.push(queue.shift() ?? "");
    }
    expect(taken.indexOf("patient")).toBeGreaterThan(0);
    expect(taken.indexOf("patient")).toBeLessThanOrEqual(8);
  });

  it("refuses what does not fit and keeps what waits", () => {
    const queue = new PriorityQueue<string>("q", 1);
    queue.push("kept", 1);
    expect(() => queue.push("too much", 10)).toThrow(/already holds 1/);
    expect(drain(queue)).toEqual(["kept"]);
  });

  it("refuses a priority that does not exist", () => {
    const queue = new PriorityQueue<string>("q", 10);
    expect(() => queue.push("x", 11)).toThrow(/not between/);
    expect(queue.length).toBe(0);
  });
});
