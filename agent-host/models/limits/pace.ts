export interface PaceOptions {
  /** Calls that may be open before anything is known of the endpoint. */
  readonly start: number;
  readonly max: number;
}

/** How many rounds of accepted calls at one limit go by before a higher one is tried again. */
const patience = { first: 1, most: 16 };
/** Higher limits that were taken in a row; from then on it may grow fast again. */
const growthsUntilFast = 3;
const overloadedFactor = 0.75;

/**
 * How many calls an endpoint takes at once, learnt from what it accepts and refuses: doubled with each round of
 * accepted calls until one is refused, then one more after a round, with longer waits where that is refused too
 * (additive increase and slow start as in TCP, RFC 5681; the limit falls to what is known to be taken, not by half,
 * because a refusal here is free and tells exactly where the limit is). A refusal where more calls were taken for a whole
 * round is no news at first: the endpoint may free a place a little later than the answer that held it ended. An
 * overload, which says nothing exact, takes a quarter away. Never below 1.
 */
export class Pace {
  private readonly max: number;
  private allowed: number;
  /** Counts falls. What comes of a call that began before the last one is no news of the limit since. */
  private epoch = 0;
  private isDoubling = true;
  private accepted = 0;
  private growths = 0;
  private rounds = patience.first;
  /** Highest limit at which a whole round was taken, and how many were at the limit of now. */
  private settled = 0;
  private calm = 0;

  constructor({ start, max }: PaceOptions) {
    this.max = max;
    this.allowed = Math.max(1, Math.min(start, max));
  }

  /** Most calls that may be open now. */
  get limit(): number {
    return this.allowed;
  }

  /** To be kept with a call that begins, and handed back with what came of it. */
  get now(): number {
    return this.epoch;
  }

  /** A call was taken while `open` calls were under way, itself included. A limit that is not in use is not raised. */
  onAccepted(epoch: number, open: number): void {
    if (epoch !== this.epoch) return;
    this.calm += 1;
    if (this.calm >= this.allowed) this.settled = Math.max(this.settled, this.allowed);
    if (open < this.allowed) return;
    if (this.isDoubling) {
      this.raise();
      return;
    }
    this.accepted += 1;
    if (this.accepted < this.allowed * (this.growths === 0 ? this.rounds : 1)) return;
    this.accepted = 0;
    this.growths += 1;
    this.isDoubling = this.growths >= growthsUntilFast;
    this.raise();
  }

  /**
   * A call was refused because there are too many; `others` were under way. `isAgain`: it was refused before. Returns
   * whether that is news: false where more than these were taken for a whole round.
   */
  onRefused(epoch: number, others: number, isAgain: boolean): boolean {
    const isNews = others >= this.settled;
    if (isNews) this.allowed = Math.max(1, Math.min(this.allowed, others));
    if (epoch !== this.epoch || !(isNews || isAgain)) return isNews;
    if (!isNews) this.allowed = Math.max(1, Math.min(this.allowed, this.settled) - 1);
    const isFirstTry = isNews && !this.isDoubling && this.growths <= 1;
    this.fall(isFirstTry ? Math.min(patience.most, this.rounds * 2) : patience.first);
    return isNews;
  }

  /** A call failed because the endpoint has too much to do, with all its clients. */
  onOverloaded(epoch: number): void {
    if (epoch !== this.epoch) return;
    this.allowed = Math.max(1, Math.floor(this.allowed * overloadedFactor));
    this.fall(1);
  }

  private raise(): void {
    this.calm = 0;
    this.allowed = Math.min(this.max, this.allowed + 1);
  }

  private fall(rounds: number): void {
    this.epoch += 1;
    this.settled = Math.min(this.settled, this.allowed);
    this.calm = 0;
    this.isDoubling = false;
    this.accepted = 0;
    this.growths = 0;
    this.rounds = rounds;
  }
}
