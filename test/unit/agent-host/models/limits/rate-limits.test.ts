import { describe, expect, it } from "vitest";
import { rateLimitsOf } from "../../../../../agent-host/models/limits/rate-limits.ts";

const now = new Date("2026-11-01T12:00:00Z");
const read = (headers: Record<string, string>) => rateLimitsOf((name) => headers[name] ?? null, now);

describe("the rate limits in the headers of an answer", () => {
  it("are how many calls are left, and until when the allowance is full again", () => {
    const limits = read({
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "7",
      "anthropic-ratelimit-requests-reset": "2026-11-01T12:00:51Z",
      "anthropic-ratelimit-tokens-remaining": "80000",
    });
    expect(limits).toEqual({
      remaining: 7,
      limit: 50,
      resetMs: 51_000,
      isOutOfTokens: false,
      tokensResetMs: null,
    });
  });

  it("are whether any allowance of tokens is used up, and until when the last of those fills", () => {
    const limits = read({
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-01T12:00:10Z",
      "anthropic-ratelimit-output-tokens-remaining": "0",
      "anthropic-ratelimit-output-tokens-reset": "2026-11-01T12:00:20Z",
      "anthropic-ratelimit-tokens-remaining": "100",
      "anthropic-ratelimit-tokens-reset": "2026-11-01T13:00:00Z",
    });
    expect(limits).toMatchObject({ remaining: null, isOutOfTokens: true, tokensResetMs: 20_000 });
  });

  it("are absent where the endpoint tells none, or nothing that can be read", () => {
    expect(read({})).toBeNull();
    expect(read({ "anthropic-ratelimit-requests-remaining": "many" })).toBeNull();
    const odd = {
      "anthropic-ratelimit-requests-remaining": "3",
      "anthropic-ratelimit-requests-reset": "soon",
    };
    expect(read(odd)).toMatchObject({ remaining: 3, limit: null, resetMs: null });
  });

  it("never lie in the past", () => {
    const past = {
      "anthropic-ratelimit-requests-remaining": "3",
      "anthropic-ratelimit-requests-reset": "2026-11-01T11:00:00Z",
    };
    expect(read(past)).toMatchObject({ resetMs: 0 });
  });
});
