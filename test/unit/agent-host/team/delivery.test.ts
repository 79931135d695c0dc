import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { Delivery } from "../../../../agent-host/team/delivery.ts";
import { hostActor, never, type TeamRun, teamRun } from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";

const phases = ["implementation", "delivery"] as const;

async function changedRun(trees = new MemoryTrees({ "src/a.ts": "1", "src/b.ts": "1" })): Promise<TeamRun> {
  const run = await teamRun({ phases, work: { trees } });
  await change(run, { "src/a.ts": "2" });
  return run;
}

async function change(run: TeamRun, files: Readonly<Record<string, string>>): Promise<void> {
  const tree = run.trees.add(new Map(Object.entries(files)));
  await run.record({ type: "changeset.merged", actor: hostActor, data: { changeSetId: "c-a-1", tree } });
}

/** The gate of the implementation passes for the present tree. */
async function pass(run: TeamRun): Promise<void> {
  const phase = "implementation" as const;
  const evaluations = run.log.state.phases[0]?.evaluations ?? 0;
  const gate = { phase, gateId: `g-implementation-${evaluations + 1}`, treeHash: run.log.state.tree };
  await run.record(
    { type: "phase.entered", actor: hostActor, data: { phase, index: 1, of: 2 } },
    {
      type: "gate.evaluated",
      actor: hostActor,
      data: { ...gate, rulesChecksum: "c".repeat(64), evidence: [], verdict: "passed" },
    },
    { type: "gate.decided", actor: hostActor, data: { ...gate, decision: "passed", criteria: [] } },
  );
}

function apply(run: TeamRun): Promise<void> {
  return new Delivery(run.setup, run.work).apply(never);
}

describe("the delivery of a change", () => {
  it("puts the tree into the workspace that every gate has passed, with intent and result", async () => {
    const run = await changedRun();
    await pass(run);
    await apply(run);
    expect(Object.fromEntries(run.trees.workspace)).toEqual({ "src/a.ts": "2" });
    expect(run.entries.map(({ type }) => type).slice(-3)).toEqual([
      "effect.intended",
      "effect.completed",
      "changeset.applied",
    ]);
    expect(run.log.state).toMatchObject({ appliedTree: run.log.state.tree, effects: {} });
  });

  it("touches nothing while a gate lacks a record for this very tree", async () => {
    const run = await changedRun();
    await expect(apply(run)).rejects.toMatchObject({ code: "delivery.notPassed" });
    await pass(run);
    await change(run, { "src/a.ts": "3" });
    await expect(apply(run)).rejects.toMatchObject({ code: "delivery.notPassed" });
    expect(run.trees.applied).toEqual([]);
    expect(run.dataOf("effect.intended")).toEqual([]);
  });

  it("touches nothing when the person's own files changed meanwhile, and names them", async () => {
    const run = await changedRun();
    await pass(run);
    run.trees.workspace.set("src/a.ts", "mine");
    await expect(apply(run)).rejects.toMatchObject({
      code: "apply.conflict",
      message: expect.stringContaining("src/a.ts"),
    });
    expect(run.trees.workspace.get("src/b.ts")).toBe("1");
    expect(run.dataOf("effect.intended")).toEqual([]);
  });

  it("touches nothing while an editor holds unsaved changes of its files, and names them", async () => {
    const run = await changedRun();
    await pass(run);
    const delivery = new Delivery(run.setup, run.work, async (paths) =>
      paths.filter((path) => path === "src/a.ts"),
    );
    await expect(delivery.apply(never)).rejects.toMatchObject({
      code: "apply.dirty",
      message: expect.stringContaining("src/a.ts is open"),
    });
    expect(run.trees.applied).toEqual([]);
    expect(run.dataOf("effect.intended")).toEqual([]);
  });

  it("takes back what was begun for a change that is another by now", async () => {
    class StuckTrees extends MemoryTrees {
      private isStuck = true;
      override async apply(plan: Parameters<MemoryTrees["apply"]>[0]): Promise<void> {
        if (!this.isStuck) return await super.apply(plan);
        this.isStuck = false;
        await super.apply({ ...plan, steps: plan.steps.slice(0, 1) });
        throw new HostError("apply.conflict", "src/b.ts changed");
      }
    }
    const run = await changedRun(new StuckTrees({ "src/a.ts": "1", "src/b.ts": "1" }));
    await pass(run);
    await expect(apply(run)).rejects.toMatchObject({ code: "apply.conflict" });
    await change(run, { "src/a.ts": "1", "src/b.ts": "3" });
    await pass(run);
    await apply(run);
    expect(Object.fromEntries(run.trees.workspace)).toEqual({ "src/a.ts": "1", "src/b.ts": "3" });
    expect(run.log.state.effects).toEqual({});
  });

  it("is finished once it began, though the run is cancelled meanwhile", async () => {
    const stop = new AbortController();
    class CancelledTrees extends MemoryTrees {
      override async apply(plan: Parameters<MemoryTrees["apply"]>[0], signal = never): Promise<void> {
        stop.abort(new HostError("run.cancelled", "cancelled"));
        signal.throwIfAborted();
        await super.apply(plan);
      }
    }
    const run = await changedRun(new CancelledTrees({ "src/a.ts": "1", "src/b.ts": "1" }));
    await pass(run);
    await new Delivery(run.setup, run.work).apply(stop.signal);
    expect(run.log.state.appliedTree).toBe(run.log.state.tree);
  });

  it("does not begin in a run that is cancelled already", async () => {
    const run = await changedRun();
    await pass(run);
    const stop = AbortSignal.abort(new HostError("run.cancelled", "cancelled"));
    await expect(new Delivery(run.setup, run.work).apply(stop)).rejects.toMatchObject({
      code: "run.cancelled",
    });
    expect(run.trees.applied).toEqual([]);
  });

  it("is done once", async () => {
    const run = await changedRun();
    await pass(run);
    await apply(run);
    await apply(run);
    expect(run.trees.applied).toHaveLength(1);
  });

  it("does nothing in a run that changed nothing", async () => {
    const run = await teamRun({ phases });
    await apply(run);
    expect(run.dataOf("effect.intended")).toEqual([]);
  });

  it("is finished by its first plan when the host ended in the middle, though half of it is done", async () => {
    class DyingTrees extends MemoryTrees {
      private hasDied = false;
      override async apply(plan: Parameters<MemoryTrees["apply"]>[0]): Promise<void> {
        if (this.hasDied) return await super.apply(plan);
        this.hasDied = true;
        await super.apply({ ...plan, steps: plan.steps.slice(0, 1) });
        this.applied.pop();
        throw new HostError("host.closing", "the host ends");
      }
    }
    const run = await changedRun(new DyingTrees({ "src/a.ts": "1", "src/b.ts": "1" }));
    await pass(run);
    await expect(apply(run)).rejects.toMatchObject({ code: "host.closing" });
    expect(Object.fromEntries(run.trees.workspace)).toEqual({ "src/a.ts": "2", "src/b.ts": "1" });
    const next = await run.afterCrash();
    await new Delivery(next.setup, run.work).apply(never);
    expect(Object.fromEntries(run.trees.workspace)).toEqual({ "src/a.ts": "2" });
    expect(run.dataOf("effect.intended")).toHaveLength(1);
    expect(run.dataOf("changeset.applied")).toHaveLength(1);
  });

  it("goes on from what it applied before, when the work came back after that", async () => {
    const run = await changedRun();
    await pass(run);
    await apply(run);
    await change(run, { "src/a.ts": "3" });
    await pass(run);
    await apply(run);
    expect(Object.fromEntries(run.trees.workspace)).toEqual({ "src/a.ts": "3" });
  });
});
