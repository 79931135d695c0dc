import { HostError } from "./host-error.ts";

/** A first-in first-out queue with a limit. A full queue refuses; it never drops silently. */
export class BoundedQueue<T> {
  private items: T[] = [];
  private head = 0;
  private readonly limit: number;
  private readonly name: string;

  constructor(name: string, limit: number) {
    this.name = name;
    this.limit = limit;
  }

  get length(): number {
    return this.items.length - this.head;
  }

  /** @throws HostError `queue.full` when `limit` items wait. */
  push(item: T): void {
    if (this.length >= this.limit) {
      throw new HostError("queue.full", `${this.name} already holds ${this.limit} items`, {
        hint: "Wait until earlier work is done, then try again",
      });
    }
    this.items.push(item);
  }

  shift(): T | undefined {
    if (this.head >= this.items.length) return undefined;
    const item = this.items[this.head];
    this.items[this.head] = undefined as T;
    this.head += 1;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }
}
