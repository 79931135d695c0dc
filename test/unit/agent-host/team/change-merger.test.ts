import { describe, expect, it } from "vitest";
import type { ChangeSet } from "../../../../agent-host/protocol/change-set.ts";
import { ChangeMerger } from "../../../../agent-host/team/change-merger.ts";
import { ReadTrees } from "../../../../agent-host/team/read-trees.ts";
import { TaskTree } from "../../../../agent-host/team/task-tree.ts";
import { coder, hostActor, never, type TeamRun, teamRun } from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";

async function changeOf(run: TeamRun, name: string, files: Record<string, string>): Promise<ChangeSet> {
  const tree = taskTree(run, name);
  const folder = await tree.folder();
  for (const [path, text] of Object.entries(files)) run.trees.write(folder, path, text);
  const given = { taskId: `t-${name}`, changeSetId: `c-${name}-1` };
  const changeSet = await tree.collect(given, never);
  if (changeSet === null) throw new Error("nothing changed");
  return changeSet;
}

function taskTree(
  run: TeamRun,
  name: string,
  { trees = run.trees, mayExist = false }: { trees?: MemoryTrees; mayExist?: boolean } = {},
): TaskTree {
  const base = run.log.state.baseTree ?? "";
  return new TaskTree(trees, {
    base,
    name,
    mayExist,
    readTrees: new ReadTrees(trees),
    prepare: async () => undefined,
    signal: never,
  });
}

function entriesOf(taskId: string) {
  const data = { phase: "implementation" as const, index: 1, of: 1 };
  return { actor: coder, after: [{ type: "phase.entered" as const, taskId, actor: hostActor, data }] };
}

describe("ChangeMerger", () => {
  it("merges changes that come together one after the other, each onto all before", async () => {
    const run = await teamRun({ work: { trees: new MemoryTrees({ a: "1", b: "1", c: "1" }) } });
    const changes = await Promise.all(["a", "b", "c"].map((name) => changeOf(run, name, { [name]: "2" })));
    const merger = new ChangeMerger(run.log, run.trees);
    const conflicts = await Promise.all(
      changes.map((each) => merger.merge(each, entriesOf(each.taskId), never)),
    );
    expect(conflicts).toEqual([[], [], []]);
    expect(run.trees.filesOf(run.log.state.tree ?? "")).toEqual({ a: "2", b: "2", c: "2" });
    expect(Object.values(run.log.state.changeSets).every(({ merged }) => merged)).toBe(true);
  });

  it("journals nothing of a change in conflict, and goes on with the next", async () => {
    const run = await teamRun({ work: { trees: new MemoryTrees({ a: "1", b: "1" }) } });
    const one = await changeOf(run, "one", { a: "2" });
    const other = await changeOf(run, "other", { a: "3" });
    const third = await changeOf(run, "third", { b: "2" });
    const merger = new ChangeMerger(run.log, run.trees);
    const merged = [one, other, third].map((each) => merger.merge(each, entriesOf(each.taskId), never));
    expect(await Promise.all(merged)).toEqual([[], ["a"], []]);
    expect(run.dataOf("changeset.created").map(({ changeSetId }) => changeSetId)).toEqual([
      "c-one-1",
      "c-third-1",
    ]);
    expect(run.dataOf("phase.entered")).toHaveLength(2);
  });

  it("goes on after a merge that threw", async () => {
    class BrokenOnce extends MemoryTrees {
      private isBroken = true;
      override async merge(...given: Parameters<MemoryTrees["merge"]>): ReturnType<MemoryTrees["merge"]> {
        if (!this.isBroken) return await super.merge(...given);
        this.isBroken = false;
        throw new Error("git is gone");
      }
    }
    const run = await teamRun({ work: { trees: new BrokenOnce({ a: "1" }) } });
    const change = await changeOf(run, "one", { a: "2" });
    const merger = new ChangeMerger(run.log, run.trees);
    await expect(merger.merge(change, entriesOf("t-one"), never)).rejects.toThrow("git is gone");
    expect(await merger.merge(change, entriesOf("t-one"), never)).toEqual([]);
  });
});

describe("TaskTree", () => {
  const given = { taskId: "t-a", changeSetId: "c-a-1" };

  it("is made at the first call that needs it, once", async () => {
    const run = await teamRun();
    let opened = 0;
    const trees = Object.assign(Object.create(run.trees), {
      openTaskTree: async (...asked: Parameters<MemoryTrees["openTaskTree"]>) => {
        opened += 1;
        return await run.trees.openTaskTree(...asked);
      },
    });
    const tree = taskTree(run, "t-a-1", { trees });
    expect(await tree.collect(given, never)).toBeNull();
    expect(opened).toBe(0);
    await Promise.all([tree.folder(), tree.folder()]);
    expect(opened).toBe(1);
  });

  it("is not made for a task that only reads: such tasks share one, and each has its own once it writes", async () => {
    const run = await teamRun();
    const readTrees = new ReadTrees(run.trees);
    const base = run.log.state.baseTree ?? "";
    const [one, two] = ["t-a-1", "t-b-1"].map(
      (name) =>
        new TaskTree(run.trees, {
          base,
          name,
          mayExist: false,
          readTrees,
          prepare: async () => undefined,
          signal: never,
        }),
    );
    const shared = await one?.readFolder();
    expect(await two?.readFolder()).toBe(shared);
    expect(await one?.collect(given, never)).toBeNull();
    expect(await one?.folder()).not.toBe(shared);
    expect(await one?.readFolder()).toBe(await one?.folder());
    expect(await two?.readFolder()).toBe(shared);
  });

  it("finds the work that an earlier host left in it", async () => {
    const run = await teamRun();
    run.trees.write(await taskTree(run, "t-a-1").folder(), "src/a.ts", "2");
    const next = taskTree(run, "t-a-1", { mayExist: true });
    expect(await next.collect(given, never)).toMatchObject({
      changeSetId: "c-a-1",
      files: [{ path: "src/a.ts", status: "modified" }],
    });
  });
});
