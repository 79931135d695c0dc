import type { HotSpot } from "../../protocol/analysis.ts";
import type { Finding } from "../../protocol/finding.ts";
import type { FileFacts } from "../file-facts.ts";
import { roleOf } from "../files/file-role.ts";
import { comparePaths } from "../files/walk.ts";
import { hotSpot } from "../rules/complexity-rules.ts";
import { finding } from "../rules/rule.ts";

const maxListed = 50;
const maxReported = 10;
const maxWarnings = 3;
const minChanges = 6;
const minComplexity = 60;

/** Source files by complexity × commits, highest first. */
export function rankHotSpots(facts: readonly FileFacts[], changes: ReadonlyMap<string, number>): HotSpot[] {
  const spots: HotSpot[] = [];
  for (const item of facts) {
    const count = changes.get(item.path) ?? 0;
    if (count < 2 || item.functions.length === 0 || roleOf(item.path) !== "source") continue;
    // Branches, not functions: a file of many plain functions is long, not complicated.
    const complexity = item.functions.reduce((sum, fact) => sum + fact.complexity - 1, 1);
    spots.push({ file: item.path, complexity, changes: count, score: complexity * count });
  }
  return spots.sort((a, b) => b.score - a.score || comparePaths(a.file, b.file)).slice(0, maxListed);
}

/** The few files at the top that stand out in both measures. */
export function findHotSpots(spots: readonly HotSpot[]): Finding[] {
  return spots
    .filter((spot) => spot.changes >= minChanges && spot.complexity >= minComplexity)
    .slice(0, maxReported)
    .map((spot, index) =>
      finding(hotSpot, {
        file: spot.file,
        range: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
        message: `Changed by ${spot.changes} commits in a year at ${spot.complexity} branches: place ${index + 1} among the hot spots`,
        evidence: `${spot.complexity} (branches) × ${spot.changes} (commits) = ${spot.score}`,
        severity: index < maxWarnings ? "warning" : "info",
        identity: "hot-spot",
      }),
    );
}
