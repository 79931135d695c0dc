import { displayOf, type RawPath } from "./raw-path.ts";

/** Something of a folder that is in no tree, and why. */
export interface TreeNote {
  readonly path: string;
  readonly reason: string;
}

/** The first notes of each kind; the rest is only counted. */
export class TreeNotes {
  readonly #kept = new Map<string, TreeNote>();
  #omitted = 0;

  readonly add = (path: RawPath, reason: string): void => this.#keep({ path: displayOf(path), reason });

  /** Takes over notes that were kept before. */
  restore(notes: readonly TreeNote[]): void {
    for (const note of notes) this.#keep(note);
  }

  list(): readonly TreeNote[] {
    const rest = { path: "", reason: `and ${this.#omitted} more` };
    return this.#omitted === 0 ? [...this.#kept.values()] : [...this.#kept.values(), rest];
  }

  #keep(note: TreeNote): void {
    const key = JSON.stringify([note.path, note.reason]);
    if (this.#kept.has(key)) return;
    if (this.#kept.size < maxNotes) this.#kept.set(key, note);
    else this.#omitted += 1;
  }
}

const maxNotes = 200;
