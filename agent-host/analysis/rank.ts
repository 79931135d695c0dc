import type { Finding, Severity } from "../protocol/finding.ts";
import { folderOf } from "./structure/paths.ts";

const severityRank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

const categoryWeight: Readonly<Record<Finding["category"], number>> = {
  security: 100,
  structure: 60,
  complexity: 50,
  dependencies: 45,
  duplication: 40,
  documents: 20,
};

/** What a reader takes in at once. */
const pageLength = 30;
/** More findings of one rule wait for the next page, as long as other rules of the same severity have any. */
const maxPerRuleAndPage = 8;

/**
 * Orders findings so that the first page is worth reading: severity first, then category; each further finding of the
 * same rule, and of the same rule in the same folder, counts less, and no rule has more than eight of each thirty
 * while others wait.
 */
export function rankFindings(findings: readonly Finding[]): Finding[] {
  // Within a rule the order of the producer stands: it puts the worst first.
  const inOrder = [...findings].sort(
    (a, b) =>
      severityRank[a.severity] - severityRank[b.severity] ||
      categoryWeight[b.category] - categoryWeight[a.category],
  );
  const seen = new Map<string, number>();
  const scored = inOrder.map((finding, index) => {
    const ofRule = count(seen, `${finding.severity} ${finding.ruleId}`);
    const ofFolder = count(seen, `${finding.severity} ${finding.ruleId} ${folderOf(finding.file)}`);
    const weight = categoryWeight[finding.category] * 0.93 ** ofRule * 0.75 ** ofFolder;
    return { finding, weight, index };
  });
  scored.sort(
    (a, b) =>
      severityRank[a.finding.severity] - severityRank[b.finding.severity] ||
      b.weight - a.weight ||
      a.index - b.index,
  );
  return mixPages(scored.map(({ finding }) => finding));
}

/** Of the rules that may still have a place on the page, the one whose next finding came first is next. */
function mixPages(inOrder: readonly Finding[]): Finding[] {
  const mixed: Finding[] = [];
  let onPage = new Map<string, number>();
  for (const queues of queuesBySeverity(inOrder)) {
    while (queues.length > 0) {
      if (mixed.length % pageLength === 0) onPage = new Map();
      const allowed = queues.filter(({ rule }) => (onPage.get(rule) ?? 0) < maxPerRuleAndPage);
      const queue = earliest(allowed.length > 0 ? allowed : queues);
      mixed.push(queue.waiting[queue.next]?.finding as Finding);
      count(onPage, queue.rule);
      queue.next += 1;
      if (queue.next === queue.waiting.length) queues.splice(queues.indexOf(queue), 1);
    }
  }
  return mixed;
}

interface RuleQueue {
  readonly rule: string;
  readonly waiting: { readonly finding: Finding; readonly place: number }[];
  next: number;
}

function queuesBySeverity(inOrder: readonly Finding[]): RuleQueue[][] {
  const levels = new Map<Severity, Map<string, RuleQueue>>();
  for (const [place, finding] of inOrder.entries()) {
    const level = levels.get(finding.severity) ?? new Map<string, RuleQueue>();
    levels.set(finding.severity, level);
    const queue = level.get(finding.ruleId) ?? { rule: finding.ruleId, waiting: [], next: 0 };
    level.set(finding.ruleId, queue);
    queue.waiting.push({ finding, place });
  }
  return [...levels.values()].map((level) => [...level.values()]);
}

function earliest(queues: readonly RuleQueue[]): RuleQueue {
  const placeOf = ({ waiting, next }: RuleQueue): number => waiting[next]?.place ?? Number.MAX_SAFE_INTEGER;
  return queues.reduce((best, queue) => (placeOf(queue) < placeOf(best) ? queue : best));
}

/** Counts one more and tells how many there were before. */
function count(seen: Map<string, number>, key: string): number {
  const before = seen.get(key) ?? 0;
  seen.set(key, before + 1);
  return before;
}
