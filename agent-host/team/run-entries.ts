import type { Journal } from "../journal/journal.ts";
import type { Entry } from "../protocol/journal.ts";

const pageEntries = 5_000;

/**
 * The entries of a run after `afterSeq`, all or those of some types, in order, read by pages; whoever leaves the loop
 * reads no further.
 */
export async function* runEntries(
  journal: Pick<Journal, "read">,
  wanted: { readonly runId: string; readonly afterSeq: number; readonly types?: readonly string[] },
  signal: AbortSignal,
): AsyncGenerator<Entry[]> {
  for (let afterSeq = wanted.afterSeq; ; ) {
    const page = await journal.read({ ...wanted, afterSeq, limit: pageEntries }, signal);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    if (page.length < pageEntries) return;
    afterSeq = last.seq;
  }
}
