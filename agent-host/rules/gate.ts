import type { Criterion, Evidence, Phase } from "../protocol/phase.ts";
import type { RunState } from "../protocol/state/schemas.ts";

/** What a gate looks at. Plain data, gathered before: rules do no I/O. */
export interface GateFacts {
  readonly run: Pick<RunState, "tasksById">;
  readonly phase: Phase;
  /** Artifacts that were found on disk. */
  readonly artifacts: readonly string[];
}

/** Checks each criterion. A gate passes if all of them do. */
export function evaluateGate(criteria: readonly Criterion[], facts: GateFacts): Evidence[] {
  return criteria.map((criterion) => {
    const reason = failure(criterion, facts);
    return reason === null ? { criterion, passed: true } : { criterion, passed: false, reason };
  });
}

export function gatePasses(evidence: readonly Evidence[]): boolean {
  return evidence.every((each) => each.passed);
}

function failure(criterion: Criterion, facts: GateFacts): string | null {
  switch (criterion.kind) {
    case "tasksCompleted":
      return unfinishedTasks(facts);
    case "artifactExists":
      return facts.artifacts.includes(criterion.artifact) ? null : `there is no ${criterion.artifact}`;
  }
}

function unfinishedTasks(facts: GateFacts): string | null {
  const open = Object.values(facts.run.tasksById).filter(
    (task) => task.phase === facts.phase && task.status !== "done",
  );
  if (open.length === 0) return null;
  const named = open.slice(0, 3).map((task) => `${task.taskId} is ${task.status}`);
  return `${open.length} of this phase's tasks are not done: ${named.join(", ")}`;
}
