import type { Clock } from "../../core/clock.ts";
import { ModelError } from "../model-error.ts";
import { Allowance } from "./allowance.ts";
import { LatePlaces } from "./late-places.ts";
import { Pace } from "./pace.ts";
import type { RateLimits } from "./rate-limits.ts";
import { type WaitingCall, WaitingCalls } from "./waiting-calls.ts";

/** Calls to one endpoint: those under way, how many may be, those that wait, and how many it refused so far. */
export interface LimiterStatus {
  readonly open: number;
  readonly limit: number;
  readonly queued: number;
  readonly refused: number;
}

export interface EndpointLimiterOptions {
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  /** Calls at once before anything is known. */
  readonly start?: number;
  readonly max?: number;
  readonly maxQueued?: number;
}

/** Longest a refused call waits to be asked again, in all. */
const maxRefusedMs = 5 * 60_000;
/** An endpoint that asks for a longer wait is left alone, and the call fails. */
const maxRetryAfterMs = 60_000;
/** Up to here a wait may mean that too many calls are open, which is over as soon as one ends. */
const maxShortWaitMs = 5_000;
/** Waits for a place that the endpoint should have free, and does not yet: doubled each time. */
const lateMs = { first: 5, most: 1_000 };
/** Waits where the endpoint refuses everything and does not say for how long: doubled each time. */
const quietMs = { first: 50, most: 30_000 };

/** One call that is under way. */
interface Lease {
  readonly epoch: number;
  readonly lateEpoch: number;
  readonly beganInRest: boolean;
  isAccepted: boolean;
}

/** Until then the endpoint wants to be left alone. */
interface Rest {
  readonly untilMs: number;
  /** Calls that may begin all the same, one for each that succeeds meanwhile: the endpoint has as much to do as before. */
  passes: number;
  /** Such a call was refused too, with a long wait: there are none any more. */
  readonly isStrict: boolean;
}

/** A call on its way through refusals. */
interface Turn {
  readonly order: number;
  readonly signal: AbortSignal;
  notBeforeMs: number;
  refusals: number;
  /** How long its place is not used after it was refused: the endpoint has it not free yet. */
  placeLateMs: number;
  /** When it was refused first. */
  refusedAtMs: number | null;
  lastError: unknown;
}

/**
 * Lets calls to one endpoint begin: all agents and runs of a host share it. Calls begin in the order in which they
 * came, as many at once as the endpoint has shown to take. One that is refused free of charge keeps its place and is
 * asked again: after the next call that ends or, where the endpoint says when and nothing succeeds before, at that
 * time. Refused twice, or with a long wait, it waits for that time in any case.
 */
export class EndpointLimiter {
  private readonly clock: EndpointLimiterOptions["clock"];
  private readonly pace: Pace;
  private readonly allowance = new Allowance();
  private readonly late = new LatePlaces();
  private readonly waiting: WaitingCalls;
  private open = 0;
  private orders = 0;
  private refusals = 0;
  private rest: Rest = noRest();
  /** Times in a row that everything was refused with nothing else under way. */
  private quietRounds = 0;
  /** First refusal after which nothing was accepted. */
  private troubledAtMs: number | null = null;
  private wake: { readonly atMs: number; readonly cancel: AbortController } | null = null;

  constructor({ clock, start = 16, max = 256, maxQueued = 10_000 }: EndpointLimiterOptions) {
    this.clock = clock;
    this.pace = new Pace({ start, max });
    this.waiting = new WaitingCalls(maxQueued);
  }

  status(): LimiterStatus {
    return {
      open: this.open,
      limit: this.pace.limit,
      queued: this.waiting.length,
      refused: this.refusals,
    };
  }

  /** What the endpoint said of its limits with an answer. */
  heard(limits: RateLimits): void {
    this.allowance.heard(limits, this.clock.monotonicMs());
    this.pump();
  }

  /**
   * Runs `call` when it is its turn. `accepted` may be called as soon as the endpoint has begun to answer. It runs
   * again where it throws `model.rateLimited` that cost nothing, for at most 5 minutes.
   *
   * @throws what `call` throws; ModelError `model.queueFull`; the signal's reason.
   */
  async run<T>(call: (accepted: () => void) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.orders += 1;
    const turn = newTurn(this.orders, signal);
    for (;;) {
      const lease = await this.begin(turn);
      try {
        const answer = await call(() => this.onAccepted(lease));
        this.onAccepted(lease);
        if (this.isResting() && !this.rest.isStrict) this.rest.passes += 1;
        this.free(this.late.lagMs, true);
        return answer;
      } catch (error) {
        const mayAskAgain = this.mayAskAgain(turn, lease, error);
        // Where it may, it stands in the queue again before another can take its place.
        this.free(mayAskAgain ? turn.placeLateMs : 0, !mayAskAgain);
        if (!mayAskAgain) throw error;
      }
    }
  }

  /** Frees the place of a call, after as long as the endpoint is thought to need for that. */
  private free(afterMs: number, mayOthersBegin: boolean): void {
    if (afterMs === 0) {
      this.open -= 1;
      if (mayOthersBegin) this.pump();
      return;
    }
    void this.clock.sleep(afterMs, new AbortController().signal).then(() => {
      this.open -= 1;
      this.pump();
    });
  }

  private async begin(turn: Turn): Promise<Lease> {
    turn.signal.throwIfAborted();
    return await new Promise<Lease>((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting.remove(waiting);
        reject(turn.signal.reason);
      };
      const settle = (act: () => void): void => {
        turn.signal.removeEventListener("abort", onAbort);
        act();
      };
      const waiting: WaitingCall = {
        order: turn.order,
        notBeforeMs: turn.notBeforeMs,
        deadlineMs: turn.refusedAtMs === null ? null : turn.refusedAtMs + maxRefusedMs,
        begin: () => settle(() => resolve(this.lease())),
        fail: (error) => settle(() => reject(turn.lastError ?? error)),
      };
      turn.signal.addEventListener("abort", onAbort, { once: true });
      try {
        this.waiting.add(waiting);
      } catch (error) {
        waiting.fail(error);
      }
      this.pump();
    });
  }

  private lease(): Lease {
    this.open += 1;
    this.allowance.take();
    const beganInRest = this.isResting();
    if (beganInRest) this.rest.passes -= 1;
    return {
      epoch: this.pace.now,
      lateEpoch: this.late.now,
      beganInRest,
      isAccepted: false,
    };
  }

  private onAccepted(lease: Lease): void {
    if (lease.isAccepted) return;
    lease.isAccepted = true;
    this.quietRounds = 0;
    this.troubledAtMs = null;
    if (lease.beganInRest) this.rest = noRest();
    this.late.onAccepted();
    this.pace.onAccepted(lease.epoch, this.open);
    this.pump();
  }

  /** Learns from a failure; true: the call stands in the queue again. */
  private mayAskAgain(turn: Turn, lease: Lease, error: unknown): boolean {
    if (!(error instanceof ModelError) || turn.signal.aborted) return false;
    const others = this.open - 1;
    const isRefused = error.code === "model.rateLimited" && error.retry === "free";
    if (isRefused) this.onRefused(turn, lease, others);
    else if (error.code === "model.overloaded") this.pace.onOverloaded(lease.epoch);
    else return false;
    const nowMs = this.clock.monotonicMs();
    const waitMs = this.restAfter(error, { others, lease, nowMs });
    if (!isRefused) return false;
    this.refusals += 1;
    turn.refusals += 1;
    const isAsked = error.retryAfterMs !== null && (turn.refusals > 1 || waitMs > maxShortWaitMs);
    turn.notBeforeMs = isAsked ? nowMs + waitMs : 0;
    turn.refusedAtMs ??= nowMs;
    turn.lastError = error;
    if (this.gaveUp(error, nowMs)) return false;
    return waitMs <= maxRetryAfterMs && nowMs + waitMs < turn.refusedAtMs + maxRefusedMs;
  }

  private onRefused(turn: Turn, lease: Lease, others: number): void {
    const isNews = this.pace.onRefused(lease.epoch, others, turn.refusals > 0);
    const isLate = !isNews && others > 0;
    if (isLate && turn.refusals === 0) this.late.onLate(lease.lateEpoch);
    const waitMs = Math.max(this.late.lagMs, lateMs.first * 2 ** turn.refusals);
    turn.placeLateMs = isLate ? Math.min(lateMs.most, waitMs) : 0;
  }

  /** Leaves the endpoint alone where it asks for that, or takes nothing at all. Returns for how long. */
  private restAfter(
    { retryAfterMs }: ModelError,
    { others, lease, nowMs }: { others: number; lease: Lease; nowMs: number },
  ): number {
    let waitMs = retryAfterMs ?? 0;
    if (retryAfterMs === null && others === 0) {
      waitMs = Math.min(quietMs.most, quietMs.first * 2 ** this.quietRounds);
      this.quietRounds += 1;
    }
    if (waitMs > 0) {
      const untilMs = Math.max(this.rest.untilMs, nowMs + Math.min(waitMs, maxRetryAfterMs));
      this.rest = { untilMs, passes: 0, isStrict: lease.beganInRest && waitMs > maxShortWaitMs };
    }
    return waitMs;
  }

  /** Whoever waits behind an endpoint that has refused everything for minutes need not find out one by one. */
  private gaveUp(error: ModelError, nowMs: number): boolean {
    this.troubledAtMs ??= nowMs;
    if (nowMs - this.troubledAtMs < maxRefusedMs) return false;
    for (const call of this.waiting.takeAll()) call.fail(error);
    return true;
  }

  private isResting(): boolean {
    return this.clock.monotonicMs() < this.rest.untilMs;
  }

  private pump(): void {
    const nowMs = this.clock.monotonicMs();
    for (const call of this.waiting.takeLate(nowMs)) call.fail(tookTooLong());
    while (this.open < this.pace.limit && this.waiting.length > 0 && this.allowance.waitMs(nowMs) === 0) {
      if (nowMs < this.rest.untilMs && this.rest.passes <= 0) break;
      const next = this.waiting.take(nowMs);
      if (next === null) break;
      next.begin();
    }
    this.planWake(nowMs);
  }

  /** Looks again when something changes by time alone. */
  private planWake(nowMs: number): void {
    const atMs = this.nextChangeMs(nowMs);
    if (this.wake?.atMs === atMs) return;
    this.wake?.cancel.abort();
    this.wake = null;
    if (atMs === null) return;
    const wake = { atMs, cancel: new AbortController() };
    this.wake = wake;
    this.clock.sleep(atMs - nowMs, wake.cancel.signal).then(
      () => {
        if (this.wake === wake) this.wake = null;
        this.pump();
      },
      () => {
        // Only ever because of another wake.
      },
    );
  }

  private nextChangeMs(nowMs: number): number | null {
    if (this.waiting.length === 0) return null;
    const times = [this.waiting.nextMs(nowMs) ?? 0, this.rest.untilMs];
    if (this.open < this.pace.limit) times.push(nowMs + this.allowance.waitMs(nowMs));
    const next = Math.min(...times.filter((time) => time > nowMs));
    return Number.isFinite(next) ? next : null;
  }
}

function noRest(): Rest {
  return { untilMs: 0, passes: 0, isStrict: false };
}

function newTurn(order: number, signal: AbortSignal): Turn {
  return { order, signal, notBeforeMs: 0, refusals: 0, placeLateMs: 0, refusedAtMs: null, lastError: null };
}

function tookTooLong(): ModelError {
  return new ModelError("model.rateLimited", "The model's endpoint refused the call for too long", {
    retry: "free",
    hint: "Try again later, or let fewer tasks run at the same time",
  });
}
