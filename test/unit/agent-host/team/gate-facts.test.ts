import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gatherFacts } from "../../../../agent-host/team/gate-facts.ts";
import { coder, hostActor, never, person, type TeamRun, teamRun, usage } from "../../../support/team-run.ts";

async function report(run: TeamRun, taskId: string, errors: number): Promise<void> {
  const data = { counts: { error: errors, warning: 0, info: 0 }, findings: await run.log.keep("[]") };
  await run.record({ type: "finding.reported", taskId, actor: coder, data });
}

async function finish(run: TeamRun, taskId: string): Promise<void> {
  const data = { agentId: "a-1", status: "done" as const, executionTimeMs: 1, confidence: 1, usage };
  await run.record({
    type: "task.finished",
    taskId,
    actor: coder,
    data: { ...data, result: null, summary: "done" },
  });
}

describe("what a gate looks at", () => {
  it("are the tasks of its own phase", async () => {
    const run = await teamRun();
    await run.plan({ taskId: "t-a" });
    await run.plan({
      taskId: "t-review",
      phase: "review",
      agentType: "reviewer",
      taskType: "review.changes",
    });
    const { tasks } = await gatherFacts(run.setup, "review", [], never);
    expect(tasks.map(({ taskId }) => taskId)).toEqual(["t-review"]);
  });

  it("are the findings of its own phase since the work last came back", async () => {
    const run = await teamRun();
    const review = { phase: "review", agentType: "reviewer", taskType: "review.changes" } as const;
    await run.plan({ taskId: "t-a" });
    await run.plan({ taskId: "t-review", ...review });
    await report(run, "t-a", 5);
    await report(run, "t-review", 2);
    expect((await gatherFacts(run.setup, "review", [], never)).findings.error).toBe(2);
    const gate = { phase: "review" as const, gateId: "g-review-1" };
    const returned = { to: "implementation" as const, comment: await run.log.keep("Again") };
    await run.record(
      {
        type: "gate.evaluated",
        actor: hostActor,
        data: { ...gate, rulesChecksum: "c".repeat(64), evidence: [], verdict: "needsPerson" },
      },
      {
        type: "gate.decided",
        actor: person,
        data: { ...gate, decision: "rejected", criteria: [], returned },
      },
    );
    expect((await gatherFacts(run.setup, "review", [], never)).findings.error).toBe(0);
    await report(run, "t-review", 1);
    expect((await gatherFacts(run.setup, "review", [], never)).findings.error).toBe(1);
  });

  it("are the artifacts that are there", async () => {
    const run = await teamRun();
    expect((await gatherFacts(run.setup, "delivery", [], never)).artifacts).toEqual([]);
    await mkdir(run.setup.runFolder, { recursive: true });
    await writeFile(join(run.setup.runFolder, "report.md"), "# Report");
    await run.plan({ taskId: "t-design", phase: "design", taskType: "design.propose" });
    await run.plan({ taskId: "t-a" });
    await finish(run, "t-design");
    const tree = run.trees.add(new Map([["src/a.ts", "2"]]));
    await run.record({ type: "changeset.merged", actor: hostActor, data: { changeSetId: "c-a-1", tree } });
    const { artifacts } = await gatherFacts(run.setup, "delivery", [], never);
    expect(artifacts).toEqual(["report", "design", "plan", "changes"]);
  });

  it("are all files that differ from the tree the run began with, and which of them are guarded", async () => {
    const run = await teamRun({
      rules: (rules) => ({ ...rules, scope: { ...rules.scope, paths: ["src/**"] } }),
    });
    const files = { "src/b.ts": "1", "package.json": "{}", ".git/config": "x" };
    const tree = run.trees.add(new Map(Object.entries(files)));
    await run.record({ type: "changeset.merged", actor: hostActor, data: { changeSetId: "c-a-1", tree } });
    const { diff, protectedFiles } = await gatherFacts(run.setup, "verification", [], never);
    expect(diff).toMatchObject({ files: 4, outside: [".git/config", "package.json"] });
    expect(protectedFiles).toEqual(["package.json", ".git/config"]);
  });

  it("run no command in a run without trees", async () => {
    const run = await teamRun({ work: null, commands: { test: ["npm", "test"] } });
    const { commands } = await gatherFacts(
      run.setup,
      "verification",
      [{ kind: "commandPasses", command: "test" }],
      never,
    );
    expect(commands).toEqual({ test: { kind: "unknown" } });
  });
});
