import type { TaskResult, TaskSpec } from "../protocol/task.ts";
import type { Rules } from "./phases.ts";

export type ResultVerdict = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/** Decides whether a result counts as done. Its content was checked against the task type's schema before. */
export function checkResult(spec: TaskSpec, result: TaskResult, rules: Rules): ResultVerdict {
  if (result.taskId !== spec.taskId) return invalid(`it answers ${result.taskId}`);
  if (result.status !== "done") return invalid(`the agent says ${result.status}`);
  if (result.confidence < rules.minConfidence) {
    return invalid(`confidence ${result.confidence.toFixed(2)} is under ${rules.minConfidence}`);
  }
  return { valid: true };
}

function invalid(reason: string): ResultVerdict {
  return { valid: false, reason };
}
