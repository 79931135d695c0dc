import { beforeEach, describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { ApplyPlan } from "../../../../agent-host/workspace/run-trees.ts";
import {
  type ChangeHost,
  changeHost,
  changeRunId,
  passReview,
  plannedChange,
} from "../../../support/change-host.ts";
import { never, person, temporaryFolder } from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";

const before = { "a.ts": "1", "b.ts": "1", "c.ts": "1" };
const after = { "a.ts": "2", "b.ts": "2", "new.ts": "2" };
const resumed = { actor: person, reason: "go on" };

let folder: string;
let trees: MemoryTrees;
let host: ChangeHost;
let tree: string;

beforeEach(async () => {
  await begin(new MemoryTrees(before));
});

async function begin(given: MemoryTrees): Promise<void> {
  folder = await temporaryFolder();
  trees = given;
  host = await changeHost({ trees, folder });
  tree = trees.add(new Map(Object.entries(after)));
  await plannedChange(host, { folder, trees, tree });
}

const workspace = (): Record<string, string> => Object.fromEntries([...trees.workspace].sort());
const discard = (parts: { path: string; hunks?: number[] }[], of = tree) =>
  host.changes.discard(changeRunId, { tree: of, parts, actor: person }, never);
const apply = () => host.changes.apply(changeRunId, person, never);
const undo = () => host.changes.undo(changeRunId, person, never);
const state = async () => {
  const found = await host.store.runState(changeRunId);
  if (found === null) throw new Error("no run");
  return found;
};

/** Lets the run go to its end, the review passed. */
async function finishRun(): Promise<void> {
  await host.runs.resume(changeRunId, resumed);
  await host.seen("gate.evaluated", 2);
  await passReview(host);
  await host.seen("run.finished");
  // The run is let go just after its last entry.
  await host.runs.cancel(changeRunId, person, "wait for it").catch(() => undefined);
}

describe("the list of changes", () => {
  it("tells each change, how it stands and since when", async () => {
    const [proposed] = await host.changes.list({ limit: 10 }, never);
    expect(proposed).toMatchObject({
      runId: changeRunId,
      title: "Make it greet",
      state: "proposed",
      files: 4,
      tree,
    });
    await finishRun();
    const [applied] = await host.changes.list({ limit: 10 }, never);
    expect(applied).toMatchObject({ state: "applied", since: (await host.seen("changeset.applied")).time });
    await undo();
    const [undone] = await host.changes.list({ limit: 10 }, never);
    expect(undone).toMatchObject({ state: "undone", since: (await host.seen("changeset.undone")).time });
  });

  it("does not hide the others when the trees of one are gone", async () => {
    trees.changes = async () => {
      throw new HostError("tree.gitFailed", "gone");
    };
    expect(await host.changes.list({ limit: 10 }, never)).toMatchObject([{ files: 4, added: 1, removed: 1 }]);
  });
});

describe("parts that are discarded", () => {
  it("are left out of what is applied, at a gate that waits, which is then asked for what is left", async () => {
    await host.runs.resume(changeRunId, resumed);
    const first = await host.seen("gate.evaluated", 2);
    const { seq, tree: left } = await discard([{ path: "a.ts" }, { path: "new.ts", hunks: [0] }]);
    expect(host.entries.find((entry) => entry.seq === seq)).toMatchObject({ type: "changeset.merged" });
    expect(host.entries.find((entry) => entry.seq === seq - 1)).toMatchObject({
      type: "changeset.created",
      taskId: null,
      actor: person,
      data: { base: tree, result: left },
    });
    // By itself the run walks again from the first phase whose evidence is void.
    const again = await host.seen("gate.evaluated", 4);
    expect([first.data.phase, again.data.phase]).toEqual(["review", "review"]);
    expect([first.data.treeHash, again.data.treeHash]).toEqual([tree, left]);
    await passReview(host);
    expect((await host.seen("run.finished")).data).toMatchObject({ status: "done" });
    expect(workspace()).toEqual({ "a.ts": "1", "b.ts": "2" });
  });

  it("can be left out of a run that stands still", async () => {
    const { tree: left } = await discard([{ path: "c.ts" }]);
    expect((await state()).tree).toBe(left);
    expect(trees.filesOf(left)).toEqual({ ...after, "c.ts": "1" });
  });

  it("count once, when two are chosen from the same tree", async () => {
    const outcomes = await Promise.allSettled([discard([{ path: "a.ts" }]), discard([{ path: "b.ts" }])]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(outcomes[1]).toMatchObject({ reason: { code: "change.stale" } });
    expect(trees.filesOf((await state()).tree ?? "")).toEqual({ ...after, "a.ts": "1" });
  });

  it("are refused where they are not part of the change, or it is another by now", async () => {
    const seq = host.journal.head.seq;
    await expect(discard([{ path: "z.ts" }])).rejects.toMatchObject({ code: "change.unknownPart" });
    await expect(discard([{ path: "a.ts" }], "f".repeat(64))).rejects.toMatchObject({ code: "change.stale" });
    expect(host.journal.head.seq).toBe(seq);
  });

  it("are refused while agents are at work", async () => {
    await host.runs.resume(changeRunId, resumed);
    await host.seen("gate.evaluated", 2);
    await host.runs.withLog(changeRunId, async (log) => {
      const spec = await log.keep("{}");
      const task = { phase: "review", agentType: "reviewer", taskType: "review.changes" } as const;
      const planned = { ...task, complexity: 1, priority: 5, dependsOn: [], contextHash: "0".repeat(64) };
      await log.record([
        {
          type: "task.planned",
          taskId: "t-r",
          actor: person,
          data: { ...planned, spec, title: "review" },
        },
        { type: "task.started", taskId: "t-r", actor: person, data: { agentId: "reviewer-1", attempt: 1 } },
      ]);
    });
    await expect(discard([{ path: "a.ts" }])).rejects.toMatchObject({ code: "run.live" });
  });

  it("are refused once the change is applied, or the run has ended", async () => {
    await finishRun();
    await expect(discard([{ path: "a.ts" }])).rejects.toMatchObject({ code: "run.ended" });
  });
});

describe("an applied change", () => {
  it("is undone without a live run, with intent and result, and applied again", async () => {
    await finishRun();
    expect(workspace()).toEqual(after);
    const { seq: start } = host.journal.head;
    expect(await undo()).toEqual({ files: 4, seq: start + 3 });
    expect(workspace()).toEqual(before);
    expect(host.typesAfter(start)).toEqual(["effect.intended", "effect.completed", "changeset.undone"]);
    expect(await state()).toMatchObject({ appliedTree: null, undone: true, preimages: [], status: "done" });
    expect(await apply()).toMatchObject({ files: 4 });
    expect(workspace()).toEqual(after);
    expect(await state()).toMatchObject({ appliedTree: tree, undone: false });
    await undo();
    expect(workspace()).toEqual(before);
  });

  it("is not undone twice, nor applied twice", async () => {
    await finishRun();
    await expect(apply()).rejects.toMatchObject({ code: "change.applied" });
    const [first, second] = await Promise.allSettled([undo(), undo()]);
    expect([first.status, second]).toMatchObject(["fulfilled", { reason: { code: "change.notApplied" } }]);
  });

  it("stays when the person changed one of its files, which is named, and nothing is done", async () => {
    await finishRun();
    trees.workspace.set("b.ts", "mine");
    const { seq } = host.journal.head;
    await expect(undo()).rejects.toMatchObject({
      code: "change.conflict",
      message: expect.stringContaining("b.ts"),
    });
    expect(workspace()).toEqual({ ...after, "b.ts": "mine" });
    expect(host.journal.head.seq).toBe(seq);
  });

  it("stays while an editor holds unsaved changes of its files, and is refused again for redo", async () => {
    await finishRun();
    host.dirty.add("a.ts").add("unrelated.ts");
    await expect(undo()).rejects.toMatchObject({
      code: "change.dirty",
      message: expect.stringContaining("a.ts is open"),
    });
    expect(workspace()).toEqual(after);
    host.dirty.clear();
    await undo();
    host.dirty.add("new.ts");
    await expect(apply()).rejects.toMatchObject({ code: "apply.dirty" });
    expect(workspace()).toEqual(before);
  });

  it("is as it was when a file is changed in the middle of undoing it", async () => {
    class Racing extends MemoryTrees {
      isRacing = false;
      override async apply(plan: ApplyPlan): Promise<void> {
        if (!this.isRacing) return await super.apply(plan);
        this.isRacing = false;
        await super.apply({ ...plan, steps: plan.steps.slice(0, 1) });
        this.workspace.set("b.ts", "saved just now");
        await super.apply(plan);
      }
    }
    const racing = new Racing(before);
    await begin(racing);
    await finishRun();
    racing.isRacing = true;
    await expect(undo()).rejects.toMatchObject({ code: "change.conflict" });
    expect(workspace()).toEqual({ ...after, "b.ts": "saved just now" });
    expect(await state()).toMatchObject({ appliedTree: tree, effects: {} });
  });

  it("is undone to the end by whoever comes next, when the host died in the middle", async () => {
    class Dying extends MemoryTrees {
      isDying = false;
      override async apply(plan: ApplyPlan): Promise<void> {
        if (!this.isDying) return await super.apply(plan);
        this.isDying = false;
        await super.apply({ ...plan, steps: plan.steps.slice(0, 2) });
        throw new HostError("host.closing", "the host ends");
      }
    }
    const dying = new Dying(before);
    await begin(dying);
    await finishRun();
    dying.isDying = true;
    await expect(undo()).rejects.toMatchObject({ code: "host.closing" });
    expect(workspace()).not.toEqual(before);
    await host.journal.close("killed");
    host = await changeHost({ trees, folder });
    const damaged = new Error("damaged");
    const { runState } = host.store;
    host.store.runState = async () => await Promise.reject(damaged);
    // One that cannot be read keeps no other from being settled, nor runs from going on.
    expect(await host.changes.settle(never)).toEqual([{ runId: changeRunId, error: damaged }]);
    host.store.runState = runState;
    expect(await host.changes.settle(never)).toEqual([]);
    expect(workspace()).toEqual(before);
    expect(await state()).toMatchObject({ undone: true, effects: {} });
  });

  it("is not undone before its run has ended", async () => {
    await expect(undo()).rejects.toMatchObject({ code: "run.notEnded" });
    await host.runs.resume(changeRunId, resumed);
    await host.seen("gate.evaluated", 2);
    await expect(undo()).rejects.toMatchObject({ code: "run.live" });
    await expect(host.changes.undo("r-no-1", person, never)).rejects.toMatchObject({ code: "run.unknown" });
  });
});

describe("a change that no gate has passed", () => {
  it("is not applied, though its run has ended", async () => {
    await host.runs.cancel(changeRunId, person, "enough");
    await expect(apply()).rejects.toMatchObject({ code: "delivery.notPassed" });
    await expect(undo()).rejects.toMatchObject({ code: "change.notApplied" });
    expect(workspace()).toEqual(before);
  });
});
