import type { Criterion, Evidence } from "../protocol/phase.ts";
import { visible } from "../protocol/visible.ts";

/** What a gate asks for, in words. */
export function criterionText(criterion: Criterion): string {
  switch (criterion.kind) {
    case "tasksCompleted":
      return "all tasks of the phase are done";
    case "artifactExists":
      return `there is a ${criterion.artifact}`;
    case "commandPasses":
      return `command '${criterion.command}' passes`;
    case "findingsAtMost":
      return `at most ${criterion.max} findings of severity ${criterion.severity} or graver`;
    case "diffWithinScope":
      return "the change lies within scope";
    case "budgetWithin":
      return "the budget is kept";
    case "protectedUnchanged":
      return "no protected file changed";
    case "humanApproval":
      return `a person approves (${criterion.role})`;
  }
}

/** One line: how it stands, what was asked, what was found. */
export function evidenceText(evidence: Evidence): string {
  const mark = evidence.passed ? "ok    " : evidence.needsPerson === true ? "PERSON" : "FAILED";
  const exit = evidence.exitCode === undefined ? "" : `, exit code ${evidence.exitCode ?? "none"}`;
  const time = evidence.durationMs === undefined ? "" : `, ${(evidence.durationMs / 1_000).toFixed(1)} s`;
  const reason = evidence.reason === undefined ? "" : `: ${visible(evidence.reason)}`;
  return `${mark}  ${criterionText(evidence.criterion)}${exit}${time}${reason}`;
}
