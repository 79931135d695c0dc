import type { ChangeSet } from "../protocol/change-set.ts";
import type { TaskState } from "../protocol/state/schemas.ts";
import type { TaskSpec } from "../protocol/task.ts";
import type { RunTrees } from "../workspace/run-trees.ts";

/** Trees of a task that resolves a conflict. */
export interface ConflictTrees {
  /** Both changes, with conflict markers where they contradict each other. */
  readonly tree: string;
  /** What the resolved change is counted from: the tree it goes onto. */
  readonly onto: string;
}

const mergeSuffix = "-merge";

/** The task that brings a change together with what others changed meanwhile in the same lines. */
export function conflictTask(
  spec: TaskSpec,
  given: ConflictTrees & { readonly files: readonly string[] },
): TaskSpec {
  const { tree, onto, files } = given;
  const shown = files.slice(0, 20);
  const task =
    `Two changes contradict each other in ${shown.join(", ")}. The files hold both, between conflict markers ` +
    `(<<<<<<<, =======, >>>>>>>). Keep what both want, remove every marker, and run the checks. ` +
    `The change to bring in was made for this task:\n${spec.task}`;
  return {
    ...spec,
    taskId: `${spec.taskId}${mergeSuffix}`,
    task: task.slice(0, 20_000),
    complexity: Math.min(spec.complexity, 3),
    priority: 10,
    dependsOn: [],
    metadata: { conflict: shown.join(","), conflictTree: tree, conflictOnto: onto },
  };
}

/** A conflict of a conflict is resolved too; after that something else is wrong. */
export function mayResolve({ taskId }: TaskSpec): boolean {
  return !taskId.endsWith(`${mergeSuffix}${mergeSuffix}`) && taskId.length <= 50;
}

/** null for any other task. */
export function conflictOf({ metadata }: TaskSpec): ConflictTrees | null {
  const { conflictTree, conflictOnto } = metadata;
  return conflictTree === undefined || conflictOnto === undefined
    ? null
    : { tree: conflictTree, onto: conflictOnto };
}

/** As `mergeWithMarkers` labels the two sides: the bare characters may stand in any text. */
const marker = /^(?:<<<<<<< merged|>>>>>>> change)-[0-9a-f]{8}/m;
const maxMarkedBytes = 16 * 1_048_576;

/** Files of a resolved conflict that still hold both sides; none for any other task. */
export async function unresolvedFiles(
  spec: TaskSpec,
  { result, files }: ChangeSet,
  { trees, signal }: { trees: Pick<RunTrees, "readFile">; signal: AbortSignal },
): Promise<string[]> {
  if (conflictOf(spec) === null) return [];
  const unresolved: string[] = [];
  for (const { path, mode } of files) {
    if (mode === null) continue;
    const bytes = await trees.readFile({ tree: result, path, maxBytes: maxMarkedBytes }, signal);
    if (bytes !== null && marker.test(bytes.toString("latin1"))) unresolved.push(path);
  }
  return unresolved;
}

/** Whether what this task changed has come in: its own change was merged, or the task that resolves its conflict is done. */
export function isBroughtIn(taskId: string, tasksById: Readonly<Record<string, TaskState>>): boolean {
  const merge = tasksById[`${taskId}${mergeSuffix}`];
  return (
    tasksById[taskId]?.status === "done" && (merge === undefined || isBroughtIn(merge.taskId, tasksById))
  );
}
