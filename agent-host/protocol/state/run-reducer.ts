import type { BlobTexts } from "../blob.ts";
import { typedEntry } from "../events.ts";
import type { Entry } from "../journal.ts";
import { foldTypedEntry } from "./fold-run.ts";
import type { RunState } from "./schemas.ts";

export { summaryOf, titleOf } from "./fold-run.ts";

/**
 * Folds one entry of a run into its state. Pure; host, extension and webview share it.
 * `undefined` in, for the first entry (`run.created`); undefined out for an entry that starts nothing.
 * Entries must come in order of `seq`; one already folded in is ignored.
 */
export function reduceRun(state: RunState | undefined, entry: Entry, texts: BlobTexts): RunState | undefined {
  const typed = typedEntry(entry);
  return typed === null ? state : foldTypedEntry(state, typed, texts);
}
