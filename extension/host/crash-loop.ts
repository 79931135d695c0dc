export interface CrashLoopLimits {
  /** This many crashes within `windowMs` stop the restarts. */
  readonly limit: number;
  readonly windowMs: number;
  readonly firstDelayMs: number;
}

export const hostCrashLimits: CrashLoopLimits = { limit: 3, windowMs: 5 * 60_000, firstDelayMs: 250 };

export type CrashVerdict =
  | { readonly kind: "retry"; readonly attempt: number; readonly delayMs: number }
  | { readonly kind: "stop"; readonly crashes: number };

/** Decides after each crash whether to start again, and when. The delay grows fourfold. */
export class CrashLoop {
  private crashes: number[] = [];
  private readonly limits: CrashLoopLimits;

  constructor(limits: CrashLoopLimits) {
    this.limits = limits;
  }

  record(nowMs: number): CrashVerdict {
    const { limit, windowMs, firstDelayMs } = this.limits;
    this.crashes = [...this.crashes.filter((at) => nowMs - at < windowMs), nowMs];
    const attempt = this.crashes.length;
    if (attempt >= limit) return { kind: "stop", crashes: attempt };
    return { kind: "retry", attempt, delayMs: firstDelayMs * 4 ** (attempt - 1) };
  }

  /** A person asked for a fresh start. */
  reset(): void {
    this.crashes = [];
  }
}
