import { HostError } from "./host-error.ts";

/** Time as a parameter. `now` is wall-clock time for people; `monotonicMs` is for every time-out. */
export interface Clock {
  now(): Date;
  /** Milliseconds from an arbitrary origin; never goes back when the wall clock is set. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  // Not `performance`, which a host would load for this alone before it listens.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  sleep,
};

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Waits for `promise`, at most `limitMs` and only while `signal` is not aborted.
 * The work behind `promise` is not stopped by this; pass it the same signal.
 *
 * @throws HostError with `code` when the limit is reached; the signal's reason when it aborts.
 */
export async function withLimit<T>(
  promise: Promise<T>,
  limit: { limitMs: number; code: string; message: string; hint?: string },
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  return await new Promise<T>((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const timer = setTimeout(() => {
      const options = limit.hint === undefined ? {} : { hint: limit.hint };
      settle(() => reject(new HostError(limit.code, limit.message, options)));
    }, limit.limitMs);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
