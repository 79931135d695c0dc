import { BoundedQueue } from "../core/bounded-queue.ts";
import { HostError } from "../core/host-error.ts";
import type { Entry } from "../protocol/journal.ts";
import type { PreparedEntry } from "./entry-line.ts";

interface Waiting {
  readonly prepared: readonly PreparedEntry[];
  readonly signal: AbortSignal;
  resolve(entries: Entry[]): void;
  reject(error: unknown): void;
}

/** Group commit: everything that waits goes into one batch, so that one fdatasync serves all of it. */
export class AppendQueue {
  private readonly waiting: BoundedQueue<Waiting>;
  private waitingEntries = 0;
  private draining: Promise<void> | null = null;
  private readonly limits: { waitingEntries: number; batchEntries: number };
  private readonly commit: (batch: PreparedEntry[]) => Promise<Entry[]>;

  constructor(
    limits: { waitingEntries: number; batchEntries: number },
    commit: (batch: PreparedEntry[]) => Promise<Entry[]>,
  ) {
    this.limits = limits;
    this.commit = commit;
    this.waiting = new BoundedQueue("The journal's queue", limits.waitingEntries);
  }

  /** Resolves once `prepared` is committed, side by side. Not async: each promise in the chain costs at this rate. */
  append(prepared: readonly PreparedEntry[], signal: AbortSignal): Promise<Entry[]> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (prepared.length === 0) return Promise.resolve([]);
    if (this.waitingEntries + prepared.length > this.limits.waitingEntries)
      return Promise.reject(queueFull());
    return new Promise((resolve, reject) => {
      this.waiting.push({ prepared, signal, resolve, reject });
      this.waitingEntries += prepared.length;
      this.draining ??= this.drain();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.draining;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      // Writers that were just acknowledged queue their next entry in microtasks; a turn later all are here.
      await new Promise((resolve) => setImmediate(resolve));
      await this.commitNext();
    }
    this.draining = null;
  }

  private async commitNext(): Promise<void> {
    const group = this.takeGroup();
    if (group.length === 0) return;
    try {
      const entries = await this.commit(preparedIn(group));
      let start = 0;
      for (const each of group) {
        each.resolve(entries.slice(start, start + each.prepared.length));
        start += each.prepared.length;
      }
    } catch (error) {
      for (const each of group) each.reject(error);
    }
  }

  private takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    let count = 0;
    while (count < this.limits.batchEntries) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      this.waitingEntries -= next.prepared.length;
      if (next.signal.aborted) {
        next.reject(next.signal.reason);
        continue;
      }
      group.push(next);
      count += next.prepared.length;
    }
    return group;
  }
}

/** What an append gets when too many wait. */
export function queueFull(): HostError {
  return new HostError("journal.queueFull", "Too many entries wait to be written", {
    hint: "Wait until earlier entries are durable",
  });
}

function preparedIn(group: readonly Waiting[]): PreparedEntry[] {
  const all: PreparedEntry[] = [];
  for (const { prepared } of group) all.push(...prepared);
  return all;
}
