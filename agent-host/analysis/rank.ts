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

/**
 * Orders findings so that the first page is worth reading: severity first, then category; each further finding of the
 * same rule, and of the same rule in the same folder, counts less, so that one habit does not fill the page.
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
  return scored.map(({ finding }) => finding);
}

function count(seen: Map<string, number>, key: string): number {
  const before = seen.get(key) ?? 0;
  seen.set(key, before + 1);
  return before;
}
