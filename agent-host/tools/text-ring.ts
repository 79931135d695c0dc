/** The last `maxCharacters` of a text that keeps growing, and where each of them stood. */
export class TextRing {
  private readonly maxCharacters: number;
  private pieces: string[] = [];
  private kept = 0;
  /** Characters that ever came. */
  end = 0;

  constructor(maxCharacters: number) {
    this.maxCharacters = maxCharacters;
  }

  /** Where what is kept begins. */
  get start(): number {
    return this.end - Math.min(this.kept, this.maxCharacters);
  }

  add(text: string): void {
    const piece = text.slice(-this.maxCharacters);
    this.pieces.push(piece);
    this.kept += piece.length;
    this.end += text.length;
    // Cutting at each piece would copy all of it each time.
    if (this.kept > 2 * this.maxCharacters || this.pieces.length > 1_000) this.join();
  }

  /** What is kept of the text from this place on. */
  from(place: number): string {
    this.join();
    return (this.pieces[0] ?? "").slice(Math.max(0, place - this.start));
  }

  private join(): void {
    if (this.pieces.length === 1 && this.kept <= this.maxCharacters) return;
    const text = this.pieces.join("").slice(-this.maxCharacters);
    this.pieces = [text];
    this.kept = text.length;
  }
}
