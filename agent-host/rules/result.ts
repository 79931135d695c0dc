import type { ChangedFile } from "../protocol/change-set.ts";
import type { Rules } from "../protocol/rules.ts";
import type { TaskResult, TaskSpec } from "../protocol/task.ts";
import { compileGlobs } from "./scope.ts";

export type ResultVerdict = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/**
 * Decides whether a result counts as done. Its content was checked against the task type's schema before. `changes`
 * are the files of its change set, where it has one.
 */
export function checkResult(
  spec: TaskSpec,
  result: TaskResult,
  rules: Rules,
  changes: readonly ChangedFile[] = [],
): ResultVerdict {
  if (result.taskId !== spec.taskId)
    return invalid(`taskId: it answers ${result.taskId}, not ${spec.taskId}`);
  if (result.status !== "done") return invalid(`status: the agent says ${result.status}`);
  // Not `<`: what is not a number must not pass.
  if (!(result.confidence >= rules.limits.confidence)) {
    const least = rules.limits.confidence;
    return invalid(`confidence: ${result.confidence.toFixed(2)} is under limits.confidence, ${least}`);
  }
  if (lacksSources(spec, result)) {
    return invalid("sources: at least one is needed, or content that says nothing was found");
  }
  return checkChanges(spec, rules, changes);
}

function lacksSources(spec: TaskSpec, result: TaskResult): boolean {
  const needsSources = spec.taskType.startsWith("research.");
  return needsSources && result.sources.length === 0 && !saysNothingFound(result.content);
}

/** Lists that are all empty, or an answer that begins by saying so: `nothing found`, `no documents were found`. */
function saysNothingFound(content: unknown): boolean {
  if (content === null || typeof content !== "object") return false;
  const lists = Object.values(content).filter(Array.isArray);
  if (lists.length > 0 && !("notes" in content)) return lists.every((list) => list.length === 0);
  if ("summary" in content && typeof content.summary === "string") {
    return /^\s*(nothing|none|no\b[^.\n]{0,60})\s.{0,40}\bfound\b/i.test(content.summary);
  }
  return false;
}

function checkChanges(spec: TaskSpec, rules: Rules, changes: readonly ChangedFile[]): ResultVerdict {
  if (changes.length === 0) return { valid: true };
  const [inTask, inRun] = [compileGlobs(spec.scope.paths), compileGlobs(rules.scope.paths)];
  const outside = changes.filter(({ path }) => !inTask(path) || !inRun(path));
  const [first] = outside;
  if (first === undefined) return { valid: true };
  const allowed = spec.scope.paths.slice(0, 20).join(", ");
  return invalid(
    `change set: ${first.path} and ${outside.length - 1} more lie outside of scope.paths (${allowed})`,
  );
}

function invalid(reason: string): ResultVerdict {
  return { valid: false, reason };
}
