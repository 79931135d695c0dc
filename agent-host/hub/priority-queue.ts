import { HostError } from "../core/host-error.ts";

const levels = 10;
/** After this many items in a row went past a waiting lower level, that level gets a turn. */
const maxPassedOver = 8;

/**
 * Ten levels, 10 first, first-in first-out within a level. No level starves: one that was passed over
 * `maxPassedOver` times in a row goes next.
 */
export class PriorityQueue<T> {
  private readonly queues: T[][] = Array.from({ length: levels }, () => []);
  private readonly passedOver: number[] = new Array<number>(levels).fill(0);
  private readonly name: string;
  private readonly limit: number;
  private count = 0;

  constructor(name: string, limit: number) {
    this.name = name;
    this.limit = limit;
  }

  get length(): number {
    return this.count;
  }

  /** @throws HostError `queue.full`; nothing that already waits is dropped for it. */
  push(item: T, priority: number): void {
    if (this.count >= this.limit) {
      throw new HostError("queue.full", `${this.name} already holds ${this.limit} messages`);
    }
    this.queueOf(priority).push(item);
    this.count += 1;
  }

  shift(): T | undefined {
    const waiting = this.queues.flatMap((queue, level) => (queue.length > 0 ? [level] : []));
    const highest = waiting.at(-1);
    if (highest === undefined) return undefined;
    const level = waiting.find((each) => (this.passedOver[each] ?? 0) >= maxPassedOver) ?? highest;
    for (const each of waiting) this.passedOver[each] = each < level ? (this.passedOver[each] ?? 0) + 1 : 0;
    this.count -= 1;
    return this.queueOf(level + 1).shift();
  }

  private queueOf(priority: number): T[] {
    const queue = this.queues[priority - 1];
    if (queue === undefined)
      throw new HostError("queue.priority", `Priority ${priority} is not between 1 and ${levels}`);
    return queue;
  }
}
