import { describe, expect, it } from "vitest";
import { BoundedQueue } from "../../../../agent-host/core/bounded-queue.ts";
import { EventEmitter } from "../../../../agent-host/core/event-emitter.ts";
import { LruCache } from "../../../../agent-host/core/lru-cache.ts";

describe("BoundedQueue", () => {
  it("gives back in order, also after many turns", () => {
    const queue = new BoundedQueue<number>("q", 10);
    const taken: (number | undefined)[] = [];
    for (let index = 0; index < 5_000; index += 1) {
      queue.push(index);
      if (index % 2 === 1) taken.push(queue.shift(), queue.shift());
    }
    expect(taken).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
    expect(queue.shift()).toBeUndefined();
  });

  it("refuses more than its limit and drops nothing", () => {
    const queue = new BoundedQueue<number>("The queue", 1);
    queue.push(1);
    expect(() => queue.push(2)).toThrow("The queue already holds 1 items");
    expect([queue.length, queue.shift(), queue.length]).toEqual([1, 1, 0]);
  });
});

describe("LruCache", () => {
  it("lets go of what was not used for longest", () => {
    const cache = new LruCache<string, number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    cache.get("a");
    cache.set("c", 3);
    expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.size]).toEqual([1, undefined, 3, 2]);
  });
});

describe("EventEmitter", () => {
  it("reaches every listener although one throws", () => {
    const errors: unknown[] = [];
    const got: number[] = [];
    const emitter = new EventEmitter<number>((error) => errors.push(error));
    emitter.subscribe(() => {
      throw new Error("mine");
    });
    emitter.subscribe((value) => got.push(value));
    emitter.emit(1);
    expect(got).toEqual([1]);
    expect(errors).toMatchObject([{ message: "mine" }]);
  });

  it("leaves out a listener that was disposed, and only that one", () => {
    const got: string[] = [];
    const listener = (value: string): void => void got.push(value);
    const emitter = new EventEmitter<string>(() => undefined);
    const first = emitter.subscribe(listener);
    emitter.subscribe(listener);
    first.dispose();
    first.dispose();
    emitter.emit("x");
    expect(got).toEqual(["x"]);
  });
});
