import { ModelError } from "../model-error.ts";

/** A call that waits for its turn. Lower `order` came first. */
export interface WaitingCall {
  readonly order: number;
  /** Monotonic time before which it must not begin; 0: any time. */
  readonly notBeforeMs: number;
  /** Monotonic time from which on it is no use to wait; null: it waits as long as it takes. */
  readonly deadlineMs: number | null;
  begin(): void;
  fail(error: unknown): void;
}

/**
 * Calls in the order in which they came. Those that were refused before (`notBeforeMs` or `deadlineMs` set) go before
 * all others, so a call keeps its place.
 */
export class WaitingCalls {
  private readonly max: number;
  private readonly fresh = new Map<number, WaitingCall>();
  /** By `order`; few, as only calls that were under way can be refused. */
  private refused: WaitingCall[] = [];

  constructor(max: number) {
    this.max = max;
  }

  get length(): number {
    return this.fresh.size + this.refused.length;
  }

  /** @throws ModelError `model.queueFull` */
  add(call: WaitingCall): void {
    if (call.deadlineMs !== null) {
      const at = this.refused.findIndex(({ order }) => order > call.order);
      this.refused.splice(at < 0 ? this.refused.length : at, 0, call);
      return;
    }
    if (this.fresh.size >= this.max) {
      throw new ModelError("model.queueFull", `${this.max} calls wait for the model's endpoint already`, {
        hint: "Let fewer tasks run at the same time",
      });
    }
    this.fresh.set(call.order, call);
  }

  remove(call: WaitingCall): void {
    if (this.fresh.get(call.order) === call) this.fresh.delete(call.order);
    else this.refused = this.refused.filter((other) => other !== call);
  }

  /** The next that may begin now, taken out; null: none may. */
  take(nowMs: number): WaitingCall | null {
    const refused = this.refused.find(({ notBeforeMs }) => notBeforeMs <= nowMs);
    const [first] = refused === undefined ? this.fresh.values() : [refused];
    if (first === undefined) return null;
    this.remove(first);
    return first;
  }

  /** Takes out those whose time is over. */
  takeLate(nowMs: number): readonly WaitingCall[] {
    const late = this.refused.filter(({ deadlineMs }) => deadlineMs !== null && deadlineMs <= nowMs);
    for (const call of late) this.remove(call);
    return late;
  }

  takeAll(): readonly WaitingCall[] {
    const all = [...this.refused, ...this.fresh.values()];
    this.refused = [];
    this.fresh.clear();
    return all;
  }

  /** When something changes by time alone; null: never. */
  nextMs(nowMs: number): number | null {
    const times = this.refused.flatMap(({ notBeforeMs, deadlineMs }) => [notBeforeMs, deadlineMs ?? 0]);
    const next = Math.min(...times.filter((time) => time > nowMs));
    return Number.isFinite(next) ? next : null;
  }
}
