import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TaskSpec } from "../../../../agent-host/protocol/task.ts";
import { schedule, type TaskEnd } from "../../../../agent-host/team/schedule.ts";

function task(taskId: string, dependsOn: string[] = [], priority = 5): TaskSpec {
  return { taskId, dependsOn, priority } as TaskSpec;
}

interface Trace {
  readonly order: string[];
  readonly maxAtOnce: number;
  readonly unstarted: string[];
}

async function trace(
  tasks: TaskSpec[],
  options: { maxParallel?: number; done?: string[]; failing?: string[] } = {},
): Promise<Trace> {
  const order: string[] = [];
  let atOnce = 0;
  let maxAtOnce = 0;
  const done = new Set(options.done ?? []);
  const ended = new Set(done);
  const unstarted = await schedule({
    maxParallel: options.maxParallel ?? 4,
    waiting: async () => tasks.filter((each) => !ended.has(each.taskId)),
    isDone: (id) => done.has(id),
    onThrown: () => undefined,
    run: async (each): Promise<TaskEnd> => {
      order.push(each.taskId);
      atOnce += 1;
      maxAtOnce = Math.max(maxAtOnce, atOnce);
      await Promise.resolve();
      atOnce -= 1;
      ended.add(each.taskId);
      if (options.failing?.includes(each.taskId)) return "failed";
      done.add(each.taskId);
      return "done";
    },
  });
  return { order, maxAtOnce, unstarted: unstarted.map((each) => each.taskId) };
}

describe("schedule", () => {
  it("starts the highest priority first", async () => {
    const { order } = await trace([task("low", [], 1), task("high", [], 9), task("middle", [], 5)], {
      maxParallel: 1,
    });
    expect(order).toEqual(["high", "middle", "low"]);
  });

  it("starts a task only when all it waits for is done", async () => {
    const { order } = await trace([task("c", ["a", "b"], 10), task("a"), task("b")]);
    expect(order.at(-1)).toBe("c");
  });

  it("never starts what waits for a failed task, and says which that are", async () => {
    const result = await trace([task("a"), task("b", ["a"]), task("c", ["b"]), task("d")], {
      failing: ["a"],
    });
    expect(result.order.sort()).toEqual(["a", "d"]);
    expect(result.unstarted).toEqual(["b", "c"]);
  });

  it("does not run again what is done", async () => {
    const { order } = await trace([task("a"), task("b", ["a"])], { done: ["a"] });
    expect(order).toEqual(["b"]);
  });

  it("throws what a task throws, after those under way have ended", async () => {
    const ended: string[] = [];
    let told = 0;
    const tasks = [task("bad"), task("good"), task("later", ["good"])];
    const running = schedule({
      maxParallel: 2,
      waiting: async () => tasks,
      isDone: (id) => ended.includes(id),
      onThrown: () => {
        told += 1;
      },
      run: async (each) => {
        if (each.taskId === "bad") throw new Error("broken");
        await new Promise((resolve) => setImmediate(resolve));
        ended.push(each.taskId);
        return "done";
      },
    });
    await expect(running).rejects.toThrow("broken");
    expect(ended).toEqual(["good"]);
    expect(told).toBe(1);
  });

  it("runs tasks that are added while others are under way", async () => {
    const tasks = [task("plan")];
    const done = new Set<string>();
    const unstarted = await schedule({
      maxParallel: 2,
      waiting: async () => tasks.filter((each) => !done.has(each.taskId)),
      isDone: (id) => done.has(id),
      onThrown: () => undefined,
      run: async (each) => {
        if (each.taskId === "plan") tasks.push(task("work", ["plan"]));
        done.add(each.taskId);
        return "done";
      },
    });
    expect(unstarted).toEqual([]);
    expect([...done]).toEqual(["plan", "work"]);
  });

  it("runs every task of any graph once, in order and within the limit", async () => {
    const graphs = fc
      .integer({ min: 1, max: 30 })
      .chain((size) =>
        fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
      );
    await fc.assert(
      fc.asyncProperty(graphs, fc.integer({ min: 1, max: 6 }), async (graph, maxParallel) => {
        const tasks = graph.map((waitsFor, index) =>
          task(
            `t-${index}`,
            waitsFor.filter((each) => each < index).map((each) => `t-${each}`),
          ),
        );
        const { order, maxAtOnce, unstarted } = await trace(tasks, { maxParallel });
        expect(unstarted).toEqual([]);
        expect([...order].sort()).toEqual(tasks.map((each) => each.taskId).sort());
        expect(maxAtOnce).toBeLessThanOrEqual(maxParallel);
        for (const each of tasks) {
          for (const id of each.dependsOn) expect(order.indexOf(id)).toBeLessThan(order.indexOf(each.taskId));
        }
      }),
      { numRuns: 100 },
    );
  });
});
