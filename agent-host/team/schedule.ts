import type { TaskSpec } from "../protocol/task.ts";

/** How a task ended, as far as the tasks that wait for it care. */
export type TaskEnd = "done" | "failed";

export interface ScheduleOptions {
  readonly maxParallel: number;
  /** Tasks that are done already; they may be waited for, but are not run. */
  readonly done: ReadonlySet<string>;
  run(task: TaskSpec): Promise<TaskEnd>;
}

/**
 * Runs a set of tasks: each as soon as what it waits for is done, at most `maxParallel` at once, highest
 * priority first; among equals the one that was planned first. What waits for a failed task is never started.
 * Once one `run` throws, nothing new is started, and it throws when those under way have ended.
 *
 * @returns the ids of the tasks that were not started.
 */
export async function schedule(tasks: readonly TaskSpec[], options: ScheduleOptions): Promise<string[]> {
  const done = new Set(options.done);
  const waiting = tasks.filter((task) => !done.has(task.taskId));
  const running = new Map<string, Promise<void>>();
  let thrown: { error: unknown } | null = null;
  const startReady = (): void => {
    while (thrown === null && running.size < options.maxParallel) {
      const next = nextReady(waiting, done);
      if (next === undefined) return;
      waiting.splice(waiting.indexOf(next), 1);
      const finished = options
        .run(next)
        .then(
          (end) => {
            if (end === "done") done.add(next.taskId);
          },
          (error: unknown) => {
            thrown ??= { error };
          },
        )
        .finally(() => running.delete(next.taskId));
      running.set(next.taskId, finished);
    }
  };
  for (startReady(); running.size > 0; startReady()) await Promise.race(running.values());
  // Assigned in callbacks, which the control flow analysis does not see.
  const failure = thrown as { error: unknown } | null;
  if (failure !== null) throw failure.error;
  return waiting.map((task) => task.taskId);
}

function nextReady(waiting: readonly TaskSpec[], done: ReadonlySet<string>): TaskSpec | undefined {
  const ready = waiting.filter((task) => task.dependsOn.every((id) => done.has(id)));
  return ready.reduce<TaskSpec | undefined>(
    (best, task) => (best === undefined || task.priority > best.priority ? task : best),
    undefined,
  );
}
