import { expect, it } from "vitest";

import { isHalfApplied, takeBack, writeTools } from "../../../../agent-host/team/take-back.ts";
import { hostActor, never, type TeamRun, teamRun } from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";

/** A run whose host ended while it applied a change of three files. */
async function cutRun(): Promise<TeamRun> {
  const trees = new MemoryTrees({ "a.ts": "1", "b.ts": "1" });
  const run = await teamRun({ work: { trees } });
  const tree = trees.add(new Map(Object.entries({ "a.ts": "2", "b.ts": "2", "new.ts": "2" })));
  const { plan } = await trees.planApply({ base: run.log.state.baseTree ?? "", tree });
  const detail = await run.log.keep(JSON.stringify(plan));
  const data = {
    effectId: "e-apply-1",
    tool: writeTools.apply,
    detail,
    check: { kind: "repeatable" as const },
  };
  await run.record({ type: "effect.intended", actor: hostActor, data });
  return run;
}

it("puts back what was applied and leaves what was not", async () => {
  const run = await cutRun();
  run.trees.workspace.set("a.ts", "2").set("new.ts", "2");
  expect(isHalfApplied(run.log.state)).toBe(true);
  await takeBack(run.log, run.work);
  expect(Object.fromEntries(run.trees.workspace)).toEqual({ "a.ts": "1", "b.ts": "1" });
  expect(isHalfApplied(run.log.state)).toBe(false);
  expect(run.dataOf("effect.completed")).toMatchObject([{ effectId: "e-apply-1", isError: true }]);
});

it("leaves what a person changed meanwhile", async () => {
  const run = await cutRun();
  run.trees.workspace.set("a.ts", "2").set("b.ts", "mine");
  await takeBack(run.log, run.work);
  expect(Object.fromEntries(run.trees.workspace)).toEqual({ "a.ts": "1", "b.ts": "mine" });
});

it("does nothing in a run that applied nothing", async () => {
  const run = await teamRun();
  const before = await run.journal.read({ limit: 100 }, never);
  await takeBack(run.log, run.work);
  expect(await run.journal.read({ limit: 100 }, never)).toEqual(before);
});
