import type { Journal } from "../journal/journal.ts";
import type { Entry } from "../protocol/journal.ts";

const pageEntries = 5_000;

/** All entries of a run after `afterSeq`, in order, read by pages; whoever leaves the loop reads no further. */
export async function* runEntries(
  journal: Pick<Journal, "read">,
  { runId, afterSeq }: { readonly runId: string; readonly afterSeq: number },
  signal: AbortSignal,
): AsyncGenerator<Entry[]> {
  for (let after = afterSeq; ; ) {
    const page = await journal.read({ afterSeq: after, runId, limit: pageEntries }, signal);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    if (page.length < pageEntries) return;
    after = last.seq;
  }
}
