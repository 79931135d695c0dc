import { describe, expect, it } from "vitest";
import type { TaskSpec } from "../../../../agent-host/protocol/task.ts";
import { checkPlan, type PlanContext, type PlanRefusal } from "../../../../agent-host/rules/plan.ts";
import { allAgents, shippedRules, taskSpec, taskState } from "../../../support/rules-fixture.ts";

const shipped = shippedRules();
const rules = { ...shipped, limits: { ...shipped.limits, tasks: 100 } };
const given: PlanContext = {
  rules,
  phases: rules.profiles.full,
  current: "planning",
  agents: allAgents,
  existing: [],
  budgetComplexity: 200,
};

function refusal(plan: readonly TaskSpec[], change: Partial<PlanContext> = {}): PlanRefusal {
  const verdict = checkPlan(plan, { ...given, ...change });
  if (verdict.allowed) throw new Error("the plan was allowed");
  return verdict;
}

describe("checkPlan", () => {
  it("allows a graph of tasks that the agents can do", () => {
    const plan = [
      taskSpec({ taskId: "t-a" }),
      taskSpec({ taskId: "t-b", dependsOn: ["t-a", "t-plan"], scope: { paths: ["src/**", "."] } }),
      taskSpec({ taskId: "t-c", agentType: "tester", taskType: "implementation.tests", dependsOn: ["t-b"] }),
    ];
    const existing = [taskState({ taskId: "t-plan", phase: "planning", status: "working" })];
    expect(checkPlan(plan, { ...given, existing })).toEqual({ allowed: true });
  });

  it.each(rules.profiles.full.filter((each) => rules.phases[each].tasks.length > 0))(
    "allows the tasks that the shipped rules have for %s",
    (phase) => {
      const planned = rules.profiles.full.flatMap((each) =>
        rules.phases[each].tasks.map((task) => task.taskId),
      );
      const plan = rules.phases[phase].tasks.map(({ title: _title, optional: _optional, ...task }) =>
        taskSpec({ ...task, phase }),
      );
      const others = planned.filter((id) => !plan.some((task) => task.taskId === id));
      const existing = others.map((taskId) => taskState({ taskId, phase: "initialization", status: "done" }));
      const verdict = checkPlan(plan, { ...given, existing, current: phase });
      expect(verdict).toEqual({ allowed: true });
    },
  );

  it("refuses an empty plan", () => {
    expect(refusal([])).toMatchObject({ rule: "plan.notEmpty", taskId: null });
  });

  it("refuses 10,000 tasks before it looks at any of them", () => {
    const task = taskSpec();
    const unreadable = new Proxy(task, {
      get: () => {
        throw new Error("looked at");
      },
    });
    const plan = Array.from({ length: 10_000 }, () => unreadable);
    expect(refusal(plan)).toMatchObject({
      rule: "plan.maxTasks",
      reason: "the plan has 10000 tasks, limits.tasks allows 100",
    });
  });

  it("counts the tasks the run has already", () => {
    const existing = Array.from({ length: 99 }, (_, index) => taskState({ taskId: `t-${index}` }));
    const plan = [taskSpec({ taskId: "t-x" }), taskSpec({ taskId: "t-y" })];
    expect(refusal(plan, { existing }).reason).toBe("the plan adds 2 tasks to 99, limits.tasks allows 100");
    expect(checkPlan(plan.slice(1), { ...given, existing }).allowed).toBe(true);
  });

  it("refuses two tasks with one id", () => {
    expect(refusal([taskSpec(), taskSpec()])).toMatchObject({
      rule: "plan.uniqueIds",
      reason: "taskId t-a stands in the plan twice",
      taskId: "t-a",
    });
  });

  it("allows a task of the run again, and refuses another under its id", () => {
    const existing = [taskState()];
    expect(checkPlan([taskSpec()], { ...given, existing })).toEqual({ allowed: true });
    expect(refusal([taskSpec({ priority: 9 })], { existing })).toMatchObject({
      rule: "plan.uniqueIds",
      reason: expect.stringContaining("t-a: this taskId belongs to another task of the run"),
    });
  });

  it("does not count a task that exists already against tasks and complexity", () => {
    const existing = Array.from({ length: 100 }, (_, index) =>
      taskState({ taskId: `t-${index}`, complexity: 9 }),
    );
    const again = [taskSpec({ taskId: "t-0", complexity: 9 })];
    expect(checkPlan(again, { ...given, existing, budgetComplexity: 0 })).toEqual({ allowed: true });
  });

  it("refuses a task that waits for itself", () => {
    expect(refusal([taskSpec({ dependsOn: ["t-a"] })])).toMatchObject({
      rule: "plan.acyclic",
      reason: "t-a: dependsOn names the task itself (t-a → t-a)",
      taskId: "t-a",
    });
  });

  it("refuses a cycle and names the whole of it", () => {
    const plan = [
      taskSpec({ taskId: "t-behind", dependsOn: ["t-a"] }),
      taskSpec({ taskId: "t-a", dependsOn: ["t-c"] }),
      taskSpec({ taskId: "t-b", dependsOn: ["t-a"] }),
      taskSpec({ taskId: "t-c", dependsOn: ["t-free", "t-b"] }),
      taskSpec({ taskId: "t-free" }),
    ];
    expect(refusal(plan)).toMatchObject({
      rule: "plan.acyclic",
      reason: "t-a: dependsOn closes a cycle: t-a → t-c → t-b → t-a",
      taskId: "t-a",
    });
  });

  it("refuses a dependency that is neither planned nor there", () => {
    expect(refusal([taskSpec({ dependsOn: ["t-none"] })])).toMatchObject({
      rule: "plan.dependsOn",
      reason: "t-a: dependsOn names t-none, which is neither in the plan nor in the run",
    });
  });

  it.each(["failed", "cancelled", "refused"] as const)("refuses to wait for a task that %s", (status) => {
    const existing = [taskState({ taskId: "t-lost", status })];
    expect(refusal([taskSpec({ dependsOn: ["t-lost"] })], { existing }).rule).toBe("plan.dependsOn");
  });

  it("allows to wait for a task that will be tried again", () => {
    const existing = [taskState({ taskId: "t-lost", status: "failed", retries: true })];
    expect(checkPlan([taskSpec({ dependsOn: ["t-lost"] })], { ...given, existing }).allowed).toBe(true);
  });

  it("refuses a dependency on a later phase", () => {
    const late = taskSpec({
      taskId: "t-late",
      phase: "delivery",
      agentType: "team-leader",
      taskType: "delivery.report",
    });
    expect(refusal([taskSpec({ dependsOn: ["t-late"] }), late])).toMatchObject({
      rule: "plan.phaseOrder",
      reason:
        "t-a: dependsOn names t-late of the later phase delivery; allowed: tasks of implementation or before",
    });
  });

  it("refuses more dependencies than an entry can hold", () => {
    const dependsOn = Array.from({ length: 51 }, (_, index) => `t-${index}`);
    expect(refusal([taskSpec({ dependsOn })]).reason).toBe("t-a: dependsOn names 51 tasks, 50 are allowed");
  });

  it("refuses a phase that the profile does not have and names those it has", () => {
    const phases = rules.profiles.analysis;
    expect(refusal([taskSpec()], { phases, current: "research" })).toMatchObject({
      rule: "plan.phase",
      reason:
        "t-a: phase implementation is not one of this run's: initialization, research, analysis, delivery",
    });
  });

  it("refuses a task of a phase that is over", () => {
    expect(refusal([taskSpec()], { current: "review" })).toMatchObject({
      rule: "plan.phasePast",
      reason: "t-a: phase implementation is over; allowed: review, verification, delivery",
    });
  });

  it("refuses a task type outside its phase and names those allowed", () => {
    expect(refusal([taskSpec({ phase: "review" })])).toMatchObject({
      rule: "phase.taskTypes",
      reason: "t-a: taskType implementation.code is not done in review; allowed: review.changes",
    });
  });

  it("refuses an agent that the phase does not allow", () => {
    expect(refusal([taskSpec({ agentType: "reviewer" })])).toMatchObject({
      rule: "phase.agents",
      reason:
        "t-a: agentType reviewer does not work in implementation; allowed: front-end-coder, back-end-coder, tester",
    });
  });

  it("refuses an agent that cannot do the task and names those that can", () => {
    expect(refusal([taskSpec({ agentType: "tester" })])).toMatchObject({
      rule: "agent.capability",
      reason:
        "t-a: agentType tester cannot do implementation.code here; agents that can: front-end-coder, back-end-coder",
    });
    expect(refusal([taskSpec()], { agents: new Map() }).reason).toContain("agents that can: none");
  });

  it("refuses more complexity points than are left, unless there is no limit", () => {
    const plan = [taskSpec({ complexity: 10 }), taskSpec({ taskId: "t-b", complexity: 3 })];
    expect(refusal(plan, { budgetComplexity: 12 })).toMatchObject({
      rule: "plan.complexity",
      reason: "the plan has 13 complexity points, budget.complexity leaves 12; the most, 10, has t-a",
    });
    expect(checkPlan(plan, { ...given, budgetComplexity: 13 }).allowed).toBe(true);
    expect(checkPlan(plan, { ...given, budgetComplexity: null }).allowed).toBe(true);
  });

  it.each(["../other", "/etc/passwd", "a\\b", "docs/**", "**", ".", "{src,docs}/a"])(
    "refuses the scope %j in a run that may touch src/**",
    (path) => {
      const narrow = { ...rules, scope: { ...rules.scope, paths: ["src/**"] } };
      const found = refusal([taskSpec({ scope: { paths: ["src/a.ts", path] } })], { rules: narrow });
      expect(found).toMatchObject({ rule: "task.scope", taskId: "t-a" });
      expect(found.reason).toContain(`t-a: scope.paths ${JSON.stringify(path)}`);
    },
  );
});
