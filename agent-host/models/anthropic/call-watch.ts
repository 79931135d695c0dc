import type { Clock } from "../../core/clock.ts";

export interface WatchLimits {
  /** How long nothing at all may come, once something came. */
  readonly idleMs: number;
  /** How long the first byte may take. */
  readonly firstByteMs: number;
  /** How long all of it may take. */
  readonly totalMs: number;
}

/** Why a call was given up. */
export interface Stall {
  readonly kind: "firstByte" | "idle" | "total";
  readonly limitMs: number;
}

/** How long an endpoint may keep the connection open after the end of its answer. */
const graceMs = 1_000;

/**
 * Watches over one call: `signal` aborts with the caller's signal, and when nothing comes any more.
 *
 * States: waiting (nothing came) · hearing · ending (the answer is whole) · stalled · closed.
 */
export class CallWatch {
  private readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  private readonly limits: WatchLimits;
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal;
  private readonly startedAt: number;
  private readonly closing = new AbortController();
  private heardAt: number | null = null;
  private endingAt: number | null = null;
  private isClosed = false;
  private stalled: Stall | null = null;

  constructor(clock: Pick<Clock, "monotonicMs" | "sleep">, limits: WatchLimits, outer: AbortSignal) {
    this.clock = clock;
    this.limits = limits;
    this.outer = outer;
    this.startedAt = clock.monotonicMs();
    outer.addEventListener("abort", this.onOuterAbort, { once: true });
    void this.watch();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** What was waited for too long; null while all is well. */
  get stall(): Stall | null {
    return this.stalled;
  }

  /** Something came. */
  hear(): void {
    this.heardAt = this.clock.monotonicMs();
  }

  /** The answer is whole: from now on only the end of its connection is waited for, and not for long. */
  expectEnd(): void {
    this.endingAt = this.clock.monotonicMs();
  }

  close(): void {
    this.isClosed = true;
    this.outer.removeEventListener("abort", this.onOuterAbort);
    this.closing.abort(closed);
  }

  private readonly onOuterAbort = (): void => this.controller.abort(this.outer.reason);

  private async watch(): Promise<void> {
    while (!this.isClosed && !this.controller.signal.aborted) {
      const next = this.nextLimit();
      const leftMs = next.at - this.clock.monotonicMs();
      if (leftMs <= 0) {
        this.stalled = { kind: next.kind, limitMs: next.limitMs };
        this.controller.abort(new DOMException("nothing came in time", "AbortError"));
        return;
      }
      // In short steps: what is waited for may change, and waking up for each change would cost more.
      const stepMs = Math.min(leftMs, this.limits.idleMs, graceMs);
      await this.clock.sleep(stepMs, this.closing.signal).catch(() => undefined);
    }
  }

  private nextLimit(): Stall & { readonly at: number } {
    const { idleMs, firstByteMs, totalMs } = this.limits;
    const total = { kind: "total" as const, limitMs: totalMs, at: this.startedAt + totalMs };
    const { endingAt, heardAt } = this;
    if (endingAt !== null) return { kind: "idle", limitMs: graceMs, at: endingAt + graceMs };
    const idle =
      heardAt === null
        ? { kind: "firstByte" as const, limitMs: firstByteMs, at: this.startedAt + firstByteMs }
        : { kind: "idle" as const, limitMs: idleMs, at: heardAt + idleMs };
    return idle.at < total.at ? idle : total;
  }
}

// A reason of our own: making the usual one costs more than all the rest of an end.
const closed = "the call is over";
