/** Keeps the timeline at its end while the reader is there, and counts what comes while they are not. */
export class Following {
  private atEnd = true;
  private seen = 0;
  private anchor: string | null;

  /** `anchor` is the article to begin at, or null for the end. */
  constructor(anchor: string | null) {
    this.anchor = anchor;
  }

  /** Another run: begin at its end. */
  reset(): void {
    this.atEnd = true;
    this.seen = 0;
    this.anchor = null;
  }

  /** Articles that came since the reader left the end. */
  newBelow(blocks: number): number {
    if (this.atEnd) this.seen = blocks;
    return Math.max(0, blocks - this.seen);
  }

  /** After each render. With a screen reader nothing is followed. */
  apply(scroller: HTMLElement | null, options: { follow: boolean }): void {
    if (scroller === null) return;
    if (this.anchor !== null) {
      const article = scroller.querySelector(`[data-anchor="${CSS.escape(this.anchor)}"]`);
      this.anchor = null;
      if (article !== null) {
        article.scrollIntoView({ block: "start" });
        this.atEnd = isAtEnd(scroller);
        return;
      }
    }
    if (this.atEnd && options.follow) scroller.scrollTop = scroller.scrollHeight;
  }

  /** When the reader scrolls. Returns the first article in sight, or null at the end. */
  scrolled(scroller: HTMLElement): string | null {
    this.atEnd = isAtEnd(scroller);
    if (this.atEnd) return null;
    const top = scroller.getBoundingClientRect().top;
    const articles = [...scroller.querySelectorAll<HTMLElement>("[data-anchor]")];
    const first = articles.find((article) => article.getBoundingClientRect().bottom > top + 1);
    return first?.dataset.anchor ?? null;
  }

  toEnd(scroller: HTMLElement | null): void {
    this.atEnd = true;
    if (scroller !== null) scroller.scrollTop = scroller.scrollHeight;
  }

  /** The reader opened or closed something: that must not scroll it away. */
  hold(): void {
    this.atEnd = false;
  }
}

function isAtEnd(scroller: HTMLElement): boolean {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 8;
}
