import type { BlobRef, BlobTexts } from "../blob.ts";
import type { TypedEntry } from "../events.ts";
import type { RunState } from "./schemas.ts";

export type EntryOf<T extends TypedEntry["type"]> = Extract<TypedEntry, { type: T }>;

/** What some event types do to a run's state. Pure; each file of folds owns one part of the state. */
export type Folds = {
  readonly [T in TypedEntry["type"]]?: (state: RunState, entry: EntryOf<T>, texts: BlobTexts) => RunState;
};

/** The text behind a reference, if it came along. */
export function wordsOf(ref: BlobRef | undefined, texts: BlobTexts): string | null {
  return ref === undefined ? null : (texts[ref.blob] ?? null);
}
