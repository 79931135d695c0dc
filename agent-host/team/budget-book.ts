import { HostError } from "../core/host-error.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { Amount } from "../protocol/scope.ts";
import { reservedAmount } from "../protocol/state/fold-budget.ts";
import type { BudgetState } from "../protocol/state/schemas.ts";
import { type BudgetVerdict, reserve, warnings } from "../rules/budget.ts";
import type { RunLog } from "./run-log.ts";

const host: Actor = { kind: "system", id: "host", role: "host" };

/**
 * Sets aside what a model call may cost before it begins. Spent + reserved never pass a limit: calls that are about
 * to be journaled count as reserved from the moment they were let through.
 */
export class BudgetBook {
  private readonly log: RunLog;
  /** Minutes this run has been worked on. */
  private readonly minutes: () => number;
  private readonly pending = new Map<string, Amount>();
  /** What is about to be journaled, so that calls which begin or are refused together tell it once. */
  private readonly telling = new Set<string>();

  constructor(log: RunLog, minutes: () => number) {
    this.log = log;
    this.minutes = minutes;
  }

  /**
   * Waits while only what others have set aside stands in the way. Resolves when `request`, which says what is
   * reserved under `key`, is durable.
   *
   * @throws HostError `budget.exhausted` when what is spent leaves no room; the signal's reason when it aborts.
   */
  async reserve(
    given: { key: string; wanted: Amount; request: EventDraft },
    signal: AbortSignal,
  ): Promise<void> {
    const verdict = await this.log.until(() => this.tryReserve(given), signal);
    if (!verdict.allowed) throw await this.exhausted(verdict);
    try {
      await this.log.record([given.request]);
    } finally {
      this.pending.delete(given.key);
    }
    await this.warn();
  }

  /** null: there will be room once others have settled. */
  private tryReserve({ key, wanted }: { key: string; wanted: Amount }): BudgetVerdict | null {
    const { budget } = this.log.state;
    const others = this.setAside(budget);
    const verdict = reserve({ ...budget, reserved: { others } }, wanted, this.minutes());
    if (verdict.allowed) {
      this.pending.set(key, wanted);
      return verdict;
    }
    const isFreeing = this.pending.size > 0 || Object.keys(budget.reserved).length > 0;
    return isFreeing && reserve({ ...budget, reserved: {} }, wanted, this.minutes()).allowed ? null : verdict;
  }

  /** What is journaled as reserved, and what is about to be. */
  private setAside(budget: BudgetState): Amount {
    let { tokens, usd, modelCalls } = reservedAmount(budget);
    // Not `for of`: that makes a pair of each, and this is asked anew whenever a call begins or ends.
    this.pending.forEach((amount, key) => {
      if (budget.reserved[key] !== undefined) return;
      tokens += amount.tokens;
      usd += amount.usd;
      modelCalls += amount.modelCalls;
    });
    return { tokens, usd, modelCalls };
  }

  private async exhausted(verdict: Extract<BudgetVerdict, { allowed: false }>): Promise<HostError> {
    const { kind, limit, spent, reserved, wanted } = verdict;
    if (this.log.state.budget.exhausted === null && !this.telling.has("exhausted")) {
      const data = { kind, limit, spent, reserved, wanted };
      await this.tell(["exhausted"], [{ type: "budget.exhausted", actor: host, outcome: "denied", data }]);
    }
    return new HostError(
      "budget.exhausted",
      `The budget of ${limit} ${kind} is used up: ${spent} spent, ${reserved} set aside, ${wanted} more needed`,
      { hint: "Go on with more by resuming the run with a larger budget, or cancel it" },
    );
  }

  private async warn(): Promise<void> {
    const fresh = warnings(this.log.state.budget, this.minutes()).filter(
      ({ kind }) => !this.telling.has(kind),
    );
    if (fresh.length === 0) return;
    await this.tell(
      fresh.map(({ kind }) => kind),
      fresh.map((data): EventDraft => ({ type: "budget.warned", actor: host, data })),
    );
  }

  private async tell(what: readonly string[], drafts: readonly EventDraft[]): Promise<void> {
    for (const each of what) this.telling.add(each);
    try {
      await this.log.record(drafts);
    } finally {
      for (const each of what) this.telling.delete(each);
    }
  }
}
