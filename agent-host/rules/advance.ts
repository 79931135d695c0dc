import type { Phase } from "../protocol/phase.ts";
import type { PhaseState, RunState } from "../protocol/state/schemas.ts";

/** What of a run decides where it may go. */
export type Progress = Pick<RunState, "phases" | "tree" | "rulesChecksum">;

/** The first phase of the run without a valid passing record; null: all have one. */
export function nextPhase(run: Progress): Phase | null {
  return run.phases.find((phase) => !hasPassed(phase, run))?.phase ?? null;
}

/** Whether every phase before this one has a valid passing record. False for a phase the run does not have. */
export function mayEnter(run: Progress, phase: Phase): boolean {
  return run.phases.some((each) => each.phase === phase) && missingGates(run, phase).length === 0;
}

/** The phases before this one whose gates lack a valid passing record, in order. */
export function missingGates(run: Progress, phase: Phase): Phase[] {
  const position = run.phases.findIndex((each) => each.phase === phase);
  const before = position < 0 ? run.phases : run.phases.slice(0, position);
  return before.filter((each) => !hasPassed(each, run)).map((each) => each.phase);
}

/**
 * A record counts for exactly the tree that would be applied and the rules the run is pinned to. A gate that looked
 * at no files has no tree, and those of runs before there were trees have no details.
 */
function hasPassed({ status, gate }: PhaseState, { tree, rulesChecksum }: Progress): boolean {
  if (status !== "passed") return false;
  if (gate === null) return true;
  const isThisTree = gate.treeHash === null || gate.treeHash === tree;
  return isThisTree && (rulesChecksum === null || gate.rulesChecksum === rulesChecksum);
}
