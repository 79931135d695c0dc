import type { Amount } from "../scope.ts";
import { addUsage } from "../usage.ts";
import { changeTask } from "./fold-tasks.ts";
import type { EntryOf, Folds } from "./folds.ts";
import type { BudgetState, RunState } from "./schemas.ts";

/** Spent, set aside, told and used up. */
export const budgetFolds: Folds = {
  "model.requested": (state, entry) =>
    withBudget(state, { reserved: reservedWith(state.budget, callKey(entry), entry.data.reserved) }),
  "model.answered": answered,
  "budget.warned": (state, { data }) =>
    withBudget(state, { warned: [...new Set([...state.budget.warned, data.kind])] }),
  "budget.exhausted": (state, { data }) => withBudget(state, { exhausted: data.kind }),
  "budget.extended": (state, { data }) =>
    withBudget(state, { limits: data.budget, exhausted: null, warned: [] }),
};

function answered(state: RunState, entry: EntryOf<"model.answered">): RunState {
  const { usage, message, turn, attempt } = entry.data;
  const reserved = reservedWith(state.budget, callKey(entry), null);
  const { spent } = state.budget;
  const after = {
    ...withBudget(state, {
      reserved,
      spent: {
        tokens: spent.tokens + usage.inputTokens + usage.outputTokens,
        usd: spent.usd + (usage.costUsd ?? 0),
        modelCalls: spent.modelCalls + 1,
      },
    }),
    usage: addUsage(state.usage, usage),
  };
  const task = entry.taskId === null ? undefined : after.tasksById[entry.taskId];
  if (task === undefined) return after;
  const isTurn = message !== undefined && task.attempt === attempt;
  const turns = isTurn ? Math.max(task.turns, turn) : task.turns;
  return changeTask(after, entry, { turns, usage: addUsage(task.usage, usage) });
}

/** Everything that is set aside now. */
export function reservedAmount(budget: BudgetState): Amount {
  let tokens = 0;
  let usd = 0;
  let modelCalls = 0;
  const { reserved } = budget;
  for (const key in reserved) {
    const amount = Object.hasOwn(reserved, key) ? reserved[key] : undefined;
    if (amount === undefined) continue;
    tokens += amount.tokens;
    usd += amount.usd;
    modelCalls += amount.modelCalls;
  }
  return { tokens, usd, modelCalls };
}

/**
 * What is reserved, with `amount` under `key`; null: without it. No spread and no `delete`: keys come and go with each
 * call, for which V8 would make a new hidden class each time. An object without a prototype is a hash table from the
 * start, and `for in` makes no lists of what is in it: with 64 calls under way these were a fifth of all garbage.
 */
function reservedWith(budget: BudgetState, key: string, amount: Amount | null): BudgetState["reserved"] {
  const reserved: BudgetState["reserved"] = Object.create(null);
  for (const each in budget.reserved) {
    const known = budget.reserved[each];
    if (each !== key && known !== undefined) reserved[each] = known;
  }
  if (amount !== null) reserved[key] = amount;
  return reserved;
}

function callKey(entry: EntryOf<"model.requested"> | EntryOf<"model.answered">): string {
  return `${entry.taskId}/${entry.data.attempt}/${entry.data.turn}`;
}

function withBudget(state: RunState, change: Partial<BudgetState>): RunState {
  return { ...state, budget: { ...state.budget, ...change } };
}
