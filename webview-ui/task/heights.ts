/**
 * How high the rows of a long list are: measured where they were drawn, guessed elsewhere. Places are pixels from the
 * top of the list.
 */
export class Heights {
  private heights = new Float64Array(0);
  private count = 0;
  private readonly guess: number;

  /** `guess`: height of a row that was never drawn. */
  constructor(guess: number) {
    this.guess = guess;
  }

  get length(): number {
    return this.count;
  }

  get total(): number {
    return this.top(this.count);
  }

  resize(count: number): void {
    if (count > this.heights.length) {
      const room = Math.max(count, this.heights.length * 2, 256);
      const heights = new Float64Array(room).fill(this.guess);
      heights.set(this.heights);
      this.heights = heights;
    }
    this.count = count;
  }

  /** Whether this changed anything. */
  set(index: number, height: number): boolean {
    if (index >= this.count || Math.abs((this.heights[index] ?? 0) - height) < 0.5) return false;
    this.heights[index] = height;
    return true;
  }

  /** A row's own height means nothing any more, for instance because the page got narrower. */
  forget(): void {
    this.heights.fill(this.guess);
  }

  top(index: number): number {
    let sum = 0;
    for (let at = 0; at < Math.min(index, this.count); at += 1) sum += this.heights[at] ?? 0;
    return sum;
  }

  /** The row at this place; the first above the list, the last below it. */
  indexAt(place: number): number {
    let bottom = 0;
    for (let at = 0; at < this.count; at += 1) {
      bottom += this.heights[at] ?? 0;
      if (bottom > place) return at;
    }
    return Math.max(0, this.count - 1);
  }
}
