import type { RateLimits } from "./rate-limits.ts";

/** Longest rest after an endpoint said that its allowance of tokens is used up: it fills again all the time. */
const maxTokenRestMs = 5_000;

/**
 * The allowance of calls that an endpoint told, which fills again evenly (a token bucket). Only what the last answer
 * said counts; before any, or where the endpoint tells none, everything is allowed.
 */
export class Allowance {
  private bucket: { left: number; readonly limit: number; readonly refillMs: number; at: number } | null =
    null;
  private restUntil = 0;

  heard({ remaining, limit, resetMs, isOutOfTokens, tokensResetMs }: RateLimits, nowMs: number): void {
    if (isOutOfTokens) this.restUntil = nowMs + Math.min(tokensResetMs ?? maxTokenRestMs, maxTokenRestMs);
    const isTold = remaining !== null && limit !== null && resetMs !== null && remaining < limit;
    this.bucket = isTold
      ? { left: remaining, limit, refillMs: resetMs / (limit - remaining), at: nowMs }
      : null;
  }

  /** How long until one more call may begin; 0: now. */
  waitMs(nowMs: number): number {
    const rest = Math.max(0, this.restUntil - nowMs);
    const { bucket } = this;
    if (bucket === null) return rest;
    if (bucket.refillMs > 0) {
      bucket.left = Math.min(bucket.limit, bucket.left + (nowMs - bucket.at) / bucket.refillMs);
      bucket.at = nowMs;
    }
    // Sums of fractions may end just below 1.
    const missing = 1 - bucket.left;
    return missing < 1e-6 ? rest : Math.max(rest, missing * bucket.refillMs);
  }

  /** A call begins. */
  take(): void {
    if (this.bucket !== null) this.bucket.left -= 1;
  }
}
