import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Amount, Budget } from "../../../../agent-host/protocol/scope.ts";
import { reservedAmount } from "../../../../agent-host/protocol/state/fold-budget.ts";
import type { BudgetState } from "../../../../agent-host/protocol/state/schemas.ts";
import { overspent, reserve, warnings } from "../../../../agent-host/rules/budget.ts";

const none: Budget = { tokens: null, usd: null, minutes: null, complexity: null, modelCalls: null };
const zero: Amount = { tokens: 0, usd: 0, modelCalls: 0 };

function budget(limits: Partial<Budget>, change: Partial<BudgetState> = {}): BudgetState {
  return {
    limits: { ...none, ...limits },
    spent: zero,
    reserved: {},
    warned: [],
    exhausted: null,
    ...change,
  };
}

const amount = fc.record({
  tokens: fc.nat(400),
  usd: fc.nat(400).map((cents) => cents / 100),
  modelCalls: fc.nat(2),
});
/** `part`: how much of what was set aside the call has used. */
const step = fc.oneof(
  fc.record({ kind: fc.constant("reserve" as const), wanted: amount }),
  fc.record({
    kind: fc.constant("settle" as const),
    which: fc.nat(50),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

describe("reserve", () => {
  it("keeps spent and reserved within each limit, however calls begin and end", () => {
    const limits = fc.record({
      tokens: fc.option(fc.nat(1_000)),
      usd: fc.option(fc.nat(1_000).map((cents) => cents / 100)),
      modelCalls: fc.option(fc.nat(8)),
    });
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 60 }), (bounds, steps) => {
        let state = budget(bounds);
        for (const [index, each] of steps.entries()) {
          state = each.kind === "reserve" ? begun(state, `c${index}`, each.wanted) : settled(state, each);
          expectWithin(state);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("allows exactly what is left, also where decimal fractions do not add up", () => {
    const state = budget({ usd: 0.3 }, { spent: { ...zero, usd: 0.1 } });
    expect(reserve(state, { ...zero, usd: 0.2 })).toEqual({ allowed: true });
    expect(reserve(state, { ...zero, usd: 0.200001 }).allowed).toBe(false);
  });

  it("says which kind is used up, with all numbers", () => {
    const state = budget(
      { tokens: 100, usd: 1 },
      {
        spent: { tokens: 50, usd: 0, modelCalls: 1 },
        reserved: { a: { tokens: 30, usd: 0, modelCalls: 1 } },
      },
    );
    expect(reserve(state, { tokens: 21, usd: 9, modelCalls: 1 })).toEqual({
      ...{ allowed: false, kind: "tokens", limit: 100 },
      ...{ spent: 50, reserved: 30, wanted: 21 },
    });
    expect(reserve(state, { tokens: 20, usd: 9, modelCalls: 1 })).toMatchObject({ kind: "usd", wanted: 9 });
  });

  it("bounds a call without a price by tokens and calls", () => {
    expect(reserve(budget({ usd: 0 }), { tokens: 1_000, usd: 0, modelCalls: 1 })).toEqual({ allowed: true });
    expect(reserve(budget({ modelCalls: 0 }), { tokens: 0, usd: 0, modelCalls: 1 })).toMatchObject({
      kind: "modelCalls",
    });
  });

  it("stops at the minutes a run may work", () => {
    expect(reserve(budget({ minutes: 10 }), zero, 9.9)).toEqual({ allowed: true });
    expect(reserve(budget({ minutes: 10 }), zero, 10)).toMatchObject({
      kind: "minutes",
      limit: 10,
      spent: 10,
    });
  });

  it("lets nothing pass that is not a number", () => {
    expect(reserve(budget({ tokens: 10 }), { ...zero, tokens: Number.NaN }).allowed).toBe(false);
  });
});

describe("warnings", () => {
  const spent = { tokens: 80, usd: 0.5, modelCalls: 3 };

  it("tells of a kind from 80 % on, once", () => {
    expect(warnings(budget({ tokens: 100, usd: 1 }, { spent }))).toEqual([
      { kind: "tokens", percent: 80, limit: 100 },
    ]);
    expect(warnings(budget({ tokens: 101 }, { spent }))).toEqual([]);
    expect(warnings(budget({ tokens: 100 }, { spent, warned: ["tokens"] }))).toEqual([]);
  });

  it("tells of minutes, and of nothing where nothing is used", () => {
    expect(warnings(budget({ minutes: 10, tokens: 0 }), 9)).toEqual([
      { kind: "minutes", percent: 90, limit: 10 },
    ]);
  });
});

describe("overspent", () => {
  it("names the first kind that passed its limit", () => {
    const spent = { tokens: 11, usd: 2, modelCalls: 1 };
    expect(overspent({ limits: { ...none, tokens: 10, usd: 1 }, spent })).toEqual({
      ...{ kind: "tokens", limit: 10, spent: 11 },
    });
    expect(overspent({ limits: none, spent })).toBeNull();
  });
});

function begun(state: BudgetState, id: string, wanted: Amount): BudgetState {
  return reserve(state, wanted).allowed ? { ...state, reserved: { ...state.reserved, [id]: wanted } } : state;
}

function settled(state: BudgetState, { which, part }: { which: number; part: number }): BudgetState {
  const ids = Object.keys(state.reserved);
  const id = ids[which % Math.max(1, ids.length)];
  const aside = id === undefined ? undefined : state.reserved[id];
  if (id === undefined || aside === undefined) return state;
  const { [id]: _gone, ...reserved } = state.reserved;
  const used = {
    tokens: Math.floor(aside.tokens * part),
    usd: aside.usd * part,
    modelCalls: aside.modelCalls,
  };
  const { spent } = state;
  return {
    ...state,
    reserved,
    spent: {
      tokens: spent.tokens + used.tokens,
      usd: spent.usd + used.usd,
      modelCalls: spent.modelCalls + used.modelCalls,
    },
  };
}

function expectWithin({ limits, spent, ...state }: BudgetState): void {
  const reserved = reservedAmount({ limits, spent, ...state });
  for (const kind of ["tokens", "usd", "modelCalls"] as const) {
    // Half a micro-dollar: what sums of decimal fractions may be off.
    const slack = kind === "usd" ? 5e-7 : 0;
    expect(spent[kind] + reserved[kind]).toBeLessThanOrEqual(
      (limits[kind] ?? Number.POSITIVE_INFINITY) + slack,
    );
  }
}
