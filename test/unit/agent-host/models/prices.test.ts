import { describe, expect, it } from "vitest";
import { costUsd, worstCostUsd } from "../../../../agent-host/models/prices.ts";

const price = { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 };
const model = { price };

describe("the cost of a call", () => {
  it("prices fresh, cached and written tokens each by its own", () => {
    const tokens = {
      inputTokens: 1_000_000,
      outputTokens: 100_000,
      cacheReadTokens: 600_000,
      cacheWriteTokens: 100_000,
    };
    expect(costUsd(model, tokens)).toBeCloseTo(0.3 * 4 + 0.6 * 0.2 + 0.1 * 5 + 0.1 * 20, 12);
  });

  it("is not known where the price is not", () => {
    expect(costUsd({ price: null }, { inputTokens: 1, outputTokens: 1 })).toBeNull();
    expect(worstCostUsd({ price: null }, { inputTokens: 1, outputTokens: 1 })).toBeNull();
  });

  it("is that of a long prompt for every token, once the prompt is longer", () => {
    const tiered = {
      price: { input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 },
      longPrompt: {
        overTokens: 100_000,
        price: { input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
      },
    };
    expect(costUsd(tiered, { inputTokens: 100_000, outputTokens: 1_000 })).toBeCloseTo(0.0105, 12);
    expect(costUsd(tiered, { inputTokens: 100_001, outputTokens: 1_000 })).toBeCloseTo(0.0525005, 12);
  });

  it("is never above its worst case", () => {
    const worst = worstCostUsd(model, { inputTokens: 1_000, outputTokens: 500 });
    for (const cacheWriteTokens of [0, 500, 1_000]) {
      const cost = costUsd(model, { inputTokens: 1_000, outputTokens: 500, cacheWriteTokens });
      expect(cost).toBeLessThanOrEqual(worst ?? 0);
    }
  });

  it("does not count cached tokens twice where an endpoint tells more of them than it read", () => {
    expect(costUsd(model, { inputTokens: 10, outputTokens: 0, cacheReadTokens: 20 })).toBeCloseTo(4e-6, 12);
  });
});
