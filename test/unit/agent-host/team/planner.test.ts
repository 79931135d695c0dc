import { describe, expect, it } from "vitest";
import { taskSpecSchema } from "../../../../agent-host/protocol/task.ts";
import { Planner } from "../../../../agent-host/team/planner.ts";
import { normalisePlan } from "../../../../agent-host/tools/hand-back-input.ts";
import type { PlannedTaskInput } from "../../../../agent-host/tools/plan-tasks.ts";
import { allAgents } from "../../../support/rules-fixture.ts";
import { person, type TeamRun, type TeamRunOptions, teamRun } from "../../../support/team-run.ts";

function planner(run: TeamRun, capabilities = allAgents): Planner {
  return new Planner({ setup: run.setup, capabilities });
}

function inputs(...tasks: unknown[]): readonly PlannedTaskInput[] {
  const read = normalisePlan({ tasks });
  if ("problem" in read) throw new Error(read.problem);
  return read.tasks;
}

const code = { agentType: "back-end-coder", task: "Write it" };

/** A person sends the work back from the review. */
async function sendBack(run: TeamRun, to: "implementation" | "planning" | "analysis", words = "Do it well") {
  const gateId = `g-review-${run.log.state.returns.length + 1}`;
  const digest = "c".repeat(64);
  const returned = { to, comment: await run.log.keep(words) };
  const evaluated = { phase: "review" as const, rulesChecksum: digest, evidence: [], gateId };
  await run.record(
    { type: "gate.evaluated", actor: person, data: { ...evaluated, verdict: "needsPerson" } },
    {
      type: "gate.decided",
      actor: person,
      data: { phase: "review", decision: "rejected", criteria: [], gateId, returned },
    },
  );
}

async function specOf(run: TeamRun, taskId: string) {
  const blob = run.log.state.tasksById[taskId]?.spec ?? "";
  return taskSpecSchema.parse(JSON.parse(await run.log.recall(blob)));
}

describe("the tasks that rules seed", () => {
  it("are planned once, with their whole specification", async () => {
    const run = await teamRun();
    const outcome = await planner(run).seed("planning");
    expect(outcome).toEqual({ kind: "planned", taskIds: ["t-plan"] });
    await planner(run).seed("planning");
    expect(run.dataOf("task.planned")).toHaveLength(1);
    expect(await specOf(run, "t-plan")).toMatchObject({
      runId: run.log.runId,
      phase: "planning",
      agentType: "team-leader",
      scope: { paths: ["**"] },
    });
  });

  it("are nothing in a phase without any", async () => {
    const run = await teamRun();
    expect(await planner(run).seed("initialization")).toEqual({ kind: "planned", taskIds: [] });
  });

  it("are left out, with a note, where they are optional and nobody can do them", async () => {
    const run = await teamRun();
    const agents = new Map([...allAgents].filter(([agent]) => agent !== "reviewer"));
    expect(await planner(run, agents).seed("review")).toEqual({ kind: "planned", taskIds: [] });
    expect(run.dataOf("task.refused")).toMatchObject([{ rule: "agent.available" }]);
  });

  it("are refused where nobody can do them and the phase needs them", async () => {
    const run = await teamRun();
    const agents = new Map([...allAgents].filter(([agent]) => agent !== "team-leader"));
    expect(await planner(run, agents).seed("planning")).toMatchObject({
      kind: "refused",
      rule: "agent.capability",
    });
    expect(run.dataOf("task.refused")).toHaveLength(1);
  });

  it("wait for no task that this run does not have", async () => {
    const run = await teamRun({ phases: ["delivery"] });
    await planner(run).seed("delivery");
    expect(run.log.state.tasksById["t-report"]?.dependsOn).toEqual([]);
  });
});

describe("the tasks of work that was sent back", () => {
  it("are seeded again under names of their own, once for each time", async () => {
    const run = await teamRun();
    await planner(run).seed("review");
    await sendBack(run, "implementation");
    await planner(run).seed("review");
    await planner(run).seed("review");
    await sendBack(run, "implementation");
    await planner(run).seed("review");
    expect(Object.keys(run.log.state.tasksById)).toEqual(["t-review", "t-review-r1", "t-review-r2"]);
  });

  it("are the writers' to mend, with the person's words", async () => {
    const run = await teamRun();
    await run.plan({ taskId: "t-server", agentType: "back-end-coder" });
    await run.plan({ taskId: "t-tests", agentType: "tester", taskType: "implementation.tests" });
    await sendBack(run, "implementation", "Greet in French");
    await planner(run).seed("implementation");
    const rework = ["t-rework-back-end-coder-r1", "t-rework-tester-r1"];
    expect(Object.keys(run.log.state.tasksById)).toEqual(["t-server", "t-tests", ...rework]);
    expect((await specOf(run, "t-rework-tester-r1")).task).toContain("Greet in French");
    expect((await specOf(run, "t-rework-tester-r1")).taskType).toBe("implementation.tests");
  });

  it("hear the person's words in whatever phase the work goes back to", async () => {
    const run = await teamRun();
    await planner(run).seed("planning");
    await sendBack(run, "planning", "Plan smaller steps");
    await planner(run).seed("planning");
    expect((await specOf(run, "t-plan")).task).not.toContain("smaller steps");
    expect((await specOf(run, "t-plan-r1")).task).toContain("Plan smaller steps");
  });

  it("wait for the newest round of what they need from an earlier phase", async () => {
    const run = await teamRun({ phases: ["research", "analysis", "review", "delivery"] });
    for (const phase of ["research", "analysis", "delivery"] as const) await planner(run).seed(phase);
    await sendBack(run, "analysis");
    await planner(run).seed("analysis");
    await planner(run).seed("delivery");
    expect(run.log.state.tasksById["t-code-r1"]?.dependsOn).toEqual(["t-history"]);
    expect(run.log.state.tasksById["t-report-r1"]?.dependsOn).toEqual([
      "t-documents",
      "t-code-r1",
      "t-document-check-r1",
    ]);
  });
});

describe("a plan of the leader", () => {
  it("becomes tasks with ids of ours, in the first phase that allows them", async () => {
    const run = await teamRun();
    const tasks = inputs(
      { ...code, taskId: "Add the Endpoint!" },
      { agentType: "tester", title: "Test it", task: "Test it", dependsOn: ["Add the Endpoint!"] },
    );
    expect(await planner(run).plan(tasks, "planning")).toEqual({
      kind: "planned",
      taskIds: ["t-add-the-endpoint", "t-test-it"],
    });
    expect(run.log.state.tasksById).toMatchObject({
      "t-add-the-endpoint": { phase: "implementation", taskType: "implementation.code" },
      "t-test-it": { taskType: "implementation.tests", dependsOn: ["t-add-the-endpoint"], title: "Test it" },
    });
  });

  it("keeps the model's words out of the journal", async () => {
    const run = await teamRun();
    await planner(run).plan(inputs({ ...code, title: "Secret plan of Ada" }), "planning");
    expect(JSON.stringify(run.dataOf("task.planned"))).not.toContain("Secret plan");
  });

  it("may be handed over twice, and changes nothing the second time", async () => {
    const run = await teamRun();
    const tasks = inputs({ ...code, taskId: "t-one" });
    await planner(run).plan(tasks, "planning");
    expect(await planner(run).plan(tasks, "planning")).toEqual({ kind: "planned", taskIds: ["t-one"] });
    expect(run.dataOf("task.planned")).toHaveLength(1);
  });

  const refusals: [string, unknown[], TeamRunOptions?][] = [
    ["plan.agentType", [{ agentType: "wizard", task: "Cast" }]],
    ["plan.taskType", [{ ...code, taskType: "implementation.magic" }]],
    ["plan.schema", [{ ...code, complexity: 11 }]],
    ["plan.phase", [{ ...code, phase: "lunch" }]],
    ["phase.taskTypes", [{ ...code, phase: "review" }]],
    ["plan.acyclic", [{ ...code, taskId: "a", dependsOn: ["a"] }]],
    [
      "plan.acyclic",
      [
        { ...code, taskId: "a", dependsOn: ["b"] },
        { ...code, taskId: "b", dependsOn: ["a"] },
      ],
    ],
    ["plan.uniqueIds", [code, code].map((each) => ({ ...each, taskId: "same" }))],
    ["plan.complexity", [{ ...code, complexity: 5 }], { budget: { complexity: 4 } }],
    ["plan.maxTasks", Array.from({ length: 201 }, (_, index) => ({ ...code, taskId: `t-${index}` }))],
    ["agent.capability", [{ ...code, agentType: "front-end-coder", taskType: "implementation.tests" }]],
    ["task.scope", [{ ...code, paths: ["../outside"] }]],
    ["plan.phasePast", [{ agentType: "codebase-analyzer", task: "Look", phase: "analysis" }]],
  ];

  it.each(refusals)(
    "is refused by %s as a whole, and the refusal is journaled",
    async (rule, tasks, given) => {
      const run = await teamRun(given);
      const outcome = await planner(run).plan(inputs(...tasks), "planning");
      expect(outcome).toMatchObject({ kind: "refused", rule });
      expect(run.dataOf("task.planned")).toEqual([]);
      expect(run.dataOf("task.refused")).toMatchObject([{ rule }]);
      expect(run.entries.at(-1)).toMatchObject({ outcome: "denied", taskId: null });
    },
  );

  it("counts what was planned before against the budget of complexity", async () => {
    const run = await teamRun({ budget: { complexity: 6 } });
    await planner(run).plan(inputs({ ...code, taskId: "one", complexity: 4 }), "planning");
    const second = await planner(run).plan(inputs({ ...code, taskId: "two", complexity: 3 }), "planning");
    expect(second).toMatchObject({ kind: "refused", rule: "plan.complexity" });
  });

  it.each(["t-review", "t-verify-r1", "t-rework-back-end-coder-r1"])(
    "takes no name that the rules need: %s would keep a task of theirs from being planned",
    async (taskId) => {
      const run = await teamRun();
      const outcome = await planner(run).plan(inputs({ ...code, taskId }), "planning");
      expect(outcome).toMatchObject({ kind: "refused", rule: "plan.uniqueIds" });
      await planner(run).seed("review");
      expect(run.log.state.tasksById["t-review"]).toMatchObject({ phase: "review" });
    },
  );

  it("may take a name that these rules have no task for", async () => {
    const run = await teamRun({
      rules: (rules) => {
        const review = { ...rules.phases.review, tasks: [] };
        return { ...rules, phases: { ...rules.phases, review } };
      },
    });
    const outcome = await planner(run).plan(inputs({ ...code, taskId: "t-review" }), "planning");
    expect(outcome).toMatchObject({ kind: "planned" });
  });
});
