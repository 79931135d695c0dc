import { type Criterion, type HumanRole, humanRoleSchema } from "../protocol/phase.ts";

/**
 * Roles of which one is needed to decide a gate: those of its phase; where criteria ask for people too, the one role
 * that satisfies all of them and the phase. So neither a further criterion nor a shorter list ever lets in more.
 */
export function approversOf(criteria: readonly Criterion[], ofPhase: readonly HumanRole[]): HumanRole[] {
  const named = criteria.flatMap((each) => (each.kind === "humanApproval" ? [each.role] : []));
  if (named.length === 0) return [...ofPhase];
  const ranks = humanRoleSchema.options;
  const least = ranks.find((role) => ofPhase.includes(role));
  const needed = new Set<HumanRole>(least === undefined ? named : [...named, least]);
  return ranks.filter((role) => needed.has(role)).slice(-1);
}
