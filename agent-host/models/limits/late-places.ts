const lag = { first: 2, most: 50 };
/** Calls that are taken before a shorter lag is tried. */
const callsUntilShorter = 100;

/**
 * How much later than its answer an endpoint frees the place of a call: learnt from calls that were refused although
 * fewer were open than it takes. Doubled when calls that began since are refused so again, halved after many that are
 * not.
 */
export class LatePlaces {
  private currentMs = 0;
  private taken = 0;
  private changes = 0;

  /** To be kept with a call that begins. */
  get now(): number {
    return this.changes;
  }

  /** How long the place of a call that has ended is not to be used. */
  get lagMs(): number {
    return this.currentMs;
  }

  /** A call was refused so; `begunAt` is what `now` was when it began. */
  onLate(begunAt: number): void {
    if (begunAt !== this.changes) return;
    this.changes += 1;
    this.taken = 0;
    this.currentMs = this.currentMs === 0 ? lag.first : Math.min(lag.most, this.currentMs * 2);
  }

  onAccepted(): void {
    this.taken += 1;
    if (this.taken < callsUntilShorter) return;
    this.taken = 0;
    this.currentMs = this.currentMs <= lag.first ? 0 : this.currentMs / 2;
  }
}
