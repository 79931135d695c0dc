import { type Description, render } from "../dom.ts";
import { Heights } from "./heights.ts";

/** What the log shows: how many rows there are, and each as it is now; null for a row that has no height. */
export interface LogContent {
  readonly total: number;
  row(index: number): Description | null;
}

/** Pixels above and below what is in sight that are drawn too. */
const marginPx = 800;
const guessPx = 96;
/** The reader is at the end if no more than this is below. */
const endPx = 24;
const maxPasses = 4;

/**
 * A list of any length of which only what is in sight stands in the page. What the reader looks at stays where it is
 * while rows above it turn out higher or lower than guessed; who is at the end stays at the end.
 */
export class TaskLog {
  /** Whether new rows and text are followed. */
  isFollowing = true;
  /** Rows that are drawn now. */
  range = { from: 0, to: 0 };
  private readonly heights = new Heights(guessPx);
  private readonly scroller: HTMLElement;
  private readonly above: HTMLElement;
  private readonly rows: HTMLElement;
  private readonly below: HTMLElement;
  private width = 0;
  private lastTop = 0;

  /** `tail` comes after the last row and is the caller's. */
  constructor(scroller: HTMLElement, tail: HTMLElement) {
    this.scroller = scroller;
    this.above = document.createElement("div");
    this.rows = document.createElement("div");
    this.rows.className = "rows";
    this.below = document.createElement("div");
    scroller.append(this.above, this.rows, this.below, tail);
  }

  draw(content: LogContent): void {
    this.heights.resize(content.total);
    if (this.width !== this.scroller.clientWidth) this.heights.forget();
    this.width = this.scroller.clientWidth;
    const anchor = this.anchor();
    // What is drawn tells how high it is, and that may bring more or less into sight.
    for (let pass = 0; pass < maxPasses; pass += 1) {
      this.range = this.rangeInSight(anchor);
      this.drawRange(content);
      const changed = this.measure();
      this.hold(anchor);
      if (!changed) return;
    }
  }

  /**
   * After a scroll. Only a way up ends the following: the event of a scroll to the end may come when there is more
   * below already.
   */
  scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    // Also the first pixel of a smooth scroll counts: following would undo it, and with it all of the scroll.
    if (below > 1 && scrollTop < this.lastTop) this.isFollowing = false;
    else if (below <= endPx) this.isFollowing = true;
    this.lastTop = scrollTop;
  }

  /** After something was added below the rows. */
  follow(): void {
    if (!this.isFollowing) return;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.lastTop = this.scroller.scrollTop;
  }

  /** What the reader looks at stays, whatever comes. */
  holdStill(): void {
    this.isFollowing = false;
  }

  /** What was opened comes in sight as far as its head stays there. */
  reveal(key: string): void {
    const opened = this.rows.querySelector(`[data-call="${CSS.escape(key)}"]`);
    if (opened === null) return;
    const [edge, place] = [this.scroller.getBoundingClientRect(), opened.getBoundingClientRect()];
    const hidden = Math.min(place.bottom - edge.bottom + 8, place.top - edge.top);
    if (hidden > 0) this.scroller.scrollTop += hidden;
  }

  toEnd(): void {
    this.isFollowing = true;
    this.follow();
  }

  /** The first row in sight, and how far its top is above the edge. */
  private anchor(): { index: number; offset: number } {
    const { scrollTop } = this.scroller;
    const index = this.heights.indexAt(scrollTop);
    return { index, offset: scrollTop - this.heights.top(index) };
  }

  private rangeInSight({ index, offset }: { index: number; offset: number }): { from: number; to: number } {
    const { clientHeight } = this.scroller;
    const { length, total } = this.heights;
    if (length === 0) return { from: 0, to: 0 };
    const top = this.isFollowing ? Math.max(0, total - clientHeight) : this.heights.top(index) + offset;
    const from = this.heights.indexAt(top - marginPx);
    const to = this.isFollowing ? length : this.heights.indexAt(top + clientHeight + marginPx) + 1;
    return { from, to };
  }

  private drawRange(content: LogContent): void {
    const { from, to } = this.range;
    const rows: Description[] = [];
    for (let index = from; index < to; index += 1) {
      const row = content.row(index);
      if (row !== null) rows.push(row);
    }
    render(this.rows, rows);
    this.space();
  }

  private measure(): boolean {
    const drawn = new Map<number, number>();
    for (const row of this.rows.children) {
      if (row instanceof HTMLElement)
        drawn.set(Number(row.dataset.index), row.getBoundingClientRect().height);
    }
    let changed = false;
    for (let index = this.range.from; index < this.range.to; index += 1) {
      changed = this.heights.set(index, drawn.get(index) ?? 0) || changed;
    }
    if (changed) this.space();
    return changed;
  }

  /** By script: the page's policy allows no style in the markup. */
  private space(): void {
    const { from, to } = this.range;
    this.above.style.height = `${this.heights.top(from)}px`;
    this.below.style.height = `${this.heights.total - this.heights.top(to)}px`;
  }

  private hold({ index, offset }: { index: number; offset: number }): void {
    if (this.isFollowing) {
      this.follow();
      return;
    }
    const place = this.heights.top(index) + offset;
    if (Math.abs(this.scroller.scrollTop - place) > 0.5) this.scroller.scrollTop = place;
    this.lastTop = this.scroller.scrollTop;
  }
}
