import type { TaskSpec } from "../protocol/task.ts";

/** How a task ended, as far as the tasks that wait for it care. */
export type TaskEnd = "done" | "failed";

export interface ScheduleOptions {
  readonly maxParallel: number;
  /** Tasks to run now, without those that have ended: asked again whenever one ends, so that tasks may be added. */
  waiting(): Promise<readonly TaskSpec[]>;
  /** Whether what a task waits for is done. */
  isDone(taskId: string): boolean;
  run(task: TaskSpec): Promise<TaskEnd>;
  /** A task threw: those under way shall end soon, for nothing new is started. */
  onThrown(): void;
}

/**
 * Runs tasks: each as soon as what it waits for is done, at most `maxParallel` at once, highest priority first; among
 * equals the one that was planned first. What waits for a failed task is never started. Once one `run` throws,
 * nothing new is started, and it throws when those under way have ended.
 *
 * @returns the tasks that could not be started.
 */
export async function schedule(options: ScheduleOptions): Promise<readonly TaskSpec[]> {
  const ended = new Set<string>();
  const running = new Set<string>();
  let oneEnded: () => void = () => undefined;
  let thrown: { error: unknown } | null = null;
  const startOne = (task: TaskSpec): void => {
    running.add(task.taskId);
    void options
      .run(task)
      .then(
        () => undefined,
        (error: unknown) => {
          thrown ??= { error };
          options.onThrown();
        },
      )
      .finally(() => {
        running.delete(task.taskId);
        ended.add(task.taskId);
        oneEnded();
      });
  };
  for (;;) {
    // Also what ends while others are being started or asked for wakes this turn.
    const next = new Promise<void>((resolve) => {
      oneEnded = resolve;
    });
    const open = (await options.waiting()).filter(({ taskId }) => !ended.has(taskId) && !running.has(taskId));
    const ready = open
      .filter((task) => task.dependsOn.every((id) => options.isDone(id)))
      // Stable: equals stay in the order in which they were planned.
      .sort((a, b) => b.priority - a.priority);
    if (thrown === null) ready.slice(0, options.maxParallel - running.size).forEach(startOne);
    if (running.size === 0) {
      // Assigned in callbacks, which the control flow analysis does not see.
      const failure = thrown as { error: unknown } | null;
      if (failure !== null) throw failure.error;
      return open;
    }
    await next;
  }
}
