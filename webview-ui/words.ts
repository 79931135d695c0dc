import { fill } from "../agent-host/protocol/display.ts";
import type { SeverityCounts } from "../agent-host/protocol/finding.ts";
import type { TeamWords } from "../agent-host/protocol/team-words.ts";

/** What every model needs to speak: the words, the display language and the present. */
export interface Language {
  readonly words: TeamWords;
  readonly locale: string;
  readonly nowMs: number;
}

/** `2 errors · 12 warnings · 40 notes`, zeros left out; "no findings" when there are none. */
export function findingsText(counts: SeverityCounts, { words, locale }: Language): string {
  const number = new Intl.NumberFormat(locale);
  const parts = [
    counts.error === 1
      ? words.oneError
      : counts.error > 0 && fill(words.manyErrors, number.format(counts.error)),
    counts.warning === 1
      ? words.oneWarning
      : counts.warning > 0 && fill(words.manyWarnings, number.format(counts.warning)),
    counts.info === 1 ? words.oneInfo : counts.info > 0 && fill(words.manyInfos, number.format(counts.info)),
  ].filter((part) => part !== false);
  return parts.length === 0 ? words.noFindings : parts.join(" · ");
}
