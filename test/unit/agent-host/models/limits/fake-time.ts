import type { Clock } from "../../../../../agent-host/core/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeTime implements Clock {
  private nowMs = 0;
  private timers: Timer[] = [];

  now(): Date {
    return new Date(this.nowMs);
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = { atMs: this.nowMs + ms, ring: resolve };
      this.timers.push(timer);
      signal.addEventListener("abort", () => {
        this.timers = this.timers.filter((other) => other !== timer);
        reject(signal.reason);
      });
    });
  }

  /** Lets `ms` go by, one timer after the other. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settled();
    for (let next = this.next(untilMs); next !== null; next = this.next(untilMs)) {
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.timers = this.timers.filter((timer) => timer !== next);
      next.ring();
      await settled();
    }
    this.nowMs = untilMs;
  }

  private next(untilMs: number): Timer | null {
    const due = this.timers.filter(({ atMs }) => atMs <= untilMs);
    return due.reduce<Timer | null>(
      (first, timer) => (first !== null && first.atMs <= timer.atMs ? first : timer),
      null,
    );
  }
}

/** Lets everything run that waits for nothing but its turn. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
