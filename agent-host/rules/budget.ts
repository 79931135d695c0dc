import type { Amount, Budget } from "../protocol/scope.ts";
import { reservedAmount } from "../protocol/state/fold-budget.ts";
import type { BudgetState } from "../protocol/state/schemas.ts";

/** Kinds of a budget that model calls use up. */
export type AmountKind = keyof Amount;
export type BudgetKind = keyof Budget;

export interface BudgetRefusal {
  readonly allowed: false;
  readonly kind: BudgetKind;
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
  readonly wanted: number;
}

export type BudgetVerdict = { readonly allowed: true } | BudgetRefusal;

export interface BudgetWarning {
  readonly kind: BudgetKind;
  /** Whole per cent of the limit, 80 or more. */
  readonly percent: number;
  readonly limit: number;
}

const amountKinds = ["tokens", "usd", "modelCalls"] as const satisfies readonly AmountKind[];
const warnAtPercent = 80;

/**
 * Decides whether a call that costs at most `wanted` may begin: spent + reserved + wanted stay within each limit.
 * A call without a known price wants 0 USD, so only tokens and calls bound it. `minutes` are those the run has worked.
 */
export function reserve(budget: BudgetState, wanted: Amount, minutes = 0): BudgetVerdict {
  const reserved = reservedAmount(budget);
  for (const kind of amountKinds) {
    const limit = budget.limits[kind];
    const parts = { spent: budget.spent[kind], reserved: reserved[kind], wanted: wanted[kind] };
    // Not `>`: what is not a number must not pass.
    if (limit === null || unitsOf(kind, parts.spent + parts.reserved + parts.wanted) <= unitsOf(kind, limit))
      continue;
    return { allowed: false, kind, limit, ...parts };
  }
  const limit = budget.limits.minutes;
  if (limit === null || minutes < limit) return { allowed: true };
  return { allowed: false, kind: "minutes", limit, spent: minutes, reserved: 0, wanted: 0 };
}

/** Kinds that have reached 80 % of their limit and were not told of before. */
export function warnings(budget: BudgetState, minutes = 0): BudgetWarning[] {
  const used: Readonly<Record<string, number>> = { ...budget.spent, minutes };
  return ([...amountKinds, "minutes"] as const).flatMap((kind) => {
    const limit = budget.limits[kind];
    const spent = used[kind] ?? 0;
    if (limit === null || spent <= 0 || budget.warned.includes(kind)) return [];
    const percent = limit === 0 ? 100 : Math.floor((spent * 100) / limit + 1e-9);
    return percent >= warnAtPercent ? [{ kind, percent, limit }] : [];
  });
}

/** The first kind of which more is spent than allowed. */
export function overspent(budget: {
  readonly limits: Budget;
  readonly spent: Amount;
}): { readonly kind: AmountKind; readonly limit: number; readonly spent: number } | null {
  for (const kind of amountKinds) {
    const [limit, spent] = [budget.limits[kind], budget.spent[kind]];
    if (limit !== null && !(unitsOf(kind, spent) <= unitsOf(kind, limit))) return { kind, limit, spent };
  }
  return null;
}

/** Money in whole micro-dollars: sums of decimal fractions are off by less than that. */
function unitsOf(kind: AmountKind, value: number): number {
  return kind === "usd" ? Math.round(value * 1e6) : value;
}
