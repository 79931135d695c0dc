import { describe, expect, it } from "vitest";
import type { DeliveredEntry } from "../../../../../agent-host/protocol/methods.ts";
import { reservedAmount } from "../../../../../agent-host/protocol/state/fold-budget.ts";
import { delivered, fold, workingEntries } from "../../../../support/run-fixture.ts";

const promptChecksum = "d".repeat(64);

function requested(seq: number, turn: number, tokens: number): DeliveredEntry {
  const reserved = { tokens, usd: 0.5, modelCalls: 1 };
  const data = { attempt: 1, turn, model: "m", promptChecksum, reserved };
  return delivered(seq, "model.requested", data, { taskId: "t-code" });
}

function answered(seq: number, turn: number, costUsd: number | null = 0.25): DeliveredEntry {
  const data = { attempt: 1, turn, usage: { inputTokens: 30, outputTokens: 10, costUsd } };
  return delivered(seq, "model.answered", data, { taskId: "t-code" });
}

function folded(...entries: DeliveredEntry[]) {
  return fold([...workingEntries, ...entries]);
}

describe("the budget folded from entries", () => {
  it("sets aside what each call under way may cost", () => {
    const { budget } = folded(requested(20, 1, 100), requested(21, 2, 50));
    expect(reservedAmount(budget)).toEqual({ tokens: 150, usd: 1, modelCalls: 2 });
  });

  it("sets aside once what the same call asks for twice", () => {
    expect(reservedAmount(folded(requested(20, 1, 100), requested(21, 1, 80)).budget).tokens).toBe(80);
  });

  it("settles a call by what it used", () => {
    const state = folded(requested(20, 1, 100), answered(21, 1));
    expect(state.budget).toMatchObject({ reserved: {}, spent: { tokens: 40, usd: 0.25, modelCalls: 1 } });
    expect(state.usage).toEqual({ inputTokens: 30, outputTokens: 10, costUsd: 0.25 });
  });

  it("knows no sum of money once one price is not known", () => {
    const state = folded(requested(20, 1, 100), answered(21, 1, null), requested(22, 2, 1), answered(23, 2));
    expect(state.usage.costUsd).toBeNull();
    expect(state.budget.spent.usd).toBe(0.25);
  });

  it("tells again and is not exhausted any more once it was extended", () => {
    const limits = { tokens: 10, usd: null, minutes: null, complexity: null, modelCalls: null };
    const told = [
      delivered(20, "budget.warned", { kind: "tokens", percent: 80, limit: 5 }),
      delivered(21, "budget.exhausted", { kind: "tokens", limit: 5, spent: 5, reserved: 0, wanted: 1 }),
    ];
    expect(folded(...told).budget).toMatchObject({ warned: ["tokens"], exhausted: "tokens" });
    const { budget } = folded(...told, delivered(22, "budget.extended", { budget: limits }));
    expect(budget).toMatchObject({ limits, warned: [], exhausted: null });
  });
});
