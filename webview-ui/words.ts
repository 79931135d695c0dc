import { fill } from "../agent-host/protocol/display.ts";
import type { SeverityCounts } from "../agent-host/protocol/finding.ts";
import type { Criterion } from "../agent-host/protocol/phase.ts";
import type { RunStatus } from "../agent-host/protocol/run.ts";
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

/** A run's state in one word or two. */
export function statusWord(status: RunStatus, words: TeamWords): string {
  if (status === "running") return words.working;
  return status === "waiting" ? words.waitsForYou : words[status];
}

/** What a criterion asks, in words of the program. */
export function criterionName(criterion: Criterion, words: TeamWords): string {
  switch (criterion.kind) {
    case "tasksCompleted":
      return words.criterionTasks;
    case "artifactExists":
      return criterion.artifact === "report"
        ? words.criterionReport
        : fill(words.criterionArtifact, criterion.artifact);
    case "commandPasses":
      return fill(words.criterionCommand, criterion.command);
    case "findingsAtMost":
      return fill(words.criterionFindings, criterion.max, criterion.severity);
    case "diffWithinScope":
      return words.criterionScope;
    case "budgetWithin":
      return words.criterionBudget;
    case "protectedUnchanged":
      return words.criterionProtected;
    case "humanApproval":
      return fill(words.criterionApproval, criterion.role);
  }
}
