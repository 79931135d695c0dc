import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../protocol/journal.ts";

const maxPerMinute = 10;

/**
 * Journals connections that were refused: the first ten a minute, so that whoever knocks in a loop cannot fill
 * the disk. The next one that is journaled says how many were not.
 */
export function refusedConnections(given: {
  journal: Pick<Journal, "append">;
  actor: Actor;
  monotonicMs: () => number;
}): (reason: string) => void {
  let windowStart = given.monotonicMs();
  let journaled = 0;
  let untold = 0;
  return (reason) => {
    if (given.monotonicMs() - windowStart > 60_000) {
      windowStart = given.monotonicMs();
      journaled = 0;
    }
    if (journaled >= maxPerMinute) {
      untold += 1;
      return;
    }
    journaled += 1;
    const data = { reason: untold === 0 ? reason : `${reason} (and ${untold} before it)` };
    untold = 0;
    given.journal
      .append(
        [{ type: "auth.failed", actor: given.actor, outcome: "denied", data }],
        new AbortController().signal,
      )
      // A journal that takes nothing more says so to everyone who needs it; the refusal itself stands.
      .catch(() => undefined);
  };
}
