import { digestOf } from "../core/digest.ts";
import type { TaskSpec } from "../protocol/task.ts";
import type { RunSetup } from "./run-setup.ts";

/** A task and the short name it is shown under. */
export interface PlannedTask {
  readonly spec: TaskSpec;
  readonly title: string;
  /** True: the title is the program's own, not a model's words. */
  readonly isOurs: boolean;
}

/** What is said of a task before it belongs to a run. `paths`: null leaves it the run's scope. */
export interface TaskDraft
  extends Pick<TaskSpec, "taskId" | "phase" | "agentType" | "taskType" | "task" | "complexity" | "priority"> {
  readonly dependsOn: readonly string[];
  readonly paths: readonly string[] | null;
}

/** The draft as a task of this run. */
export function plannedTask(
  { log, pinned, rulesChecksum }: RunSetup,
  draft: TaskDraft,
  { title, isOurs }: { title: string; isOurs: boolean },
): PlannedTask {
  const { paths, dependsOn, ...what } = draft;
  const scope = { paths: [...(paths ?? pinned.scope.paths)] };
  const waitsFor = { dependsOn: [...dependsOn] };
  const contextHash = digestOf([rulesChecksum, log.state.goalBlob, { ...what, ...waitsFor }, scope]);
  const metadata: TaskSpec["metadata"] = isOurs ? {} : { plannedBy: "agent" };
  const spec = { ...what, runId: log.runId, ...waitsFor, scope, contextHash, metadata };
  return { spec, title: titleOf(title), isOurs };
}

function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return line.length <= 120 ? line || "Task" : `${line.slice(0, 119)}…`;
}
