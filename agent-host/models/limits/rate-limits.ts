/** What an endpoint says, with an answer or a refusal, of how much more it takes. null: it says nothing. */
export interface RateLimits {
  /** Calls it takes at once from now on; the fewest of all its limits. */
  readonly remaining: number | null;
  /** Calls that make a full allowance. */
  readonly limit: number | null;
  /** Until the allowance of calls is full again. */
  readonly resetMs: number | null;
  /** Whether one of its allowances of tokens is used up. */
  readonly isOutOfTokens: boolean;
  /** Until the last of those that are used up is full again. */
  readonly tokensResetMs: number | null;
}

/** Reads one header; null where it is absent. Names are in lower case. */
export type ReadHeader = (name: string) => string | null;

const tokenKinds = ["tokens", "input-tokens", "output-tokens"] as const;

/**
 * The rate limits in the headers of an answer (`anthropic-ratelimit-*`, times as RFC 3339); null where there are none.
 * What does not parse counts as absent.
 */
export function rateLimitsOf(header: ReadHeader, now: Date): RateLimits | null {
  const of = (name: string): string | null => header(`anthropic-ratelimit-${name}`);
  const remaining = countOf(of("requests-remaining"));
  const empty = tokenKinds.filter((kind) => countOf(of(`${kind}-remaining`)) === 0);
  if (remaining === null && empty.length === 0) return null;
  const resets = empty.map((kind) => untilOf(of(`${kind}-reset`), now)).filter((ms) => ms !== null);
  return {
    remaining,
    limit: countOf(of("requests-limit")),
    resetMs: untilOf(of("requests-reset"), now),
    isOutOfTokens: empty.length > 0,
    tokensResetMs: resets.length === 0 ? null : Math.max(...resets),
  };
}

function countOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null;
}

function untilOf(text: string | null, now: Date): number | null {
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}
