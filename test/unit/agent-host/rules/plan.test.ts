import { describe, expect, it } from "vitest";
import type { Phase } from "../../../../agent-host/protocol/phase.ts";
import type { AgentType, TaskSpec, TaskType } from "../../../../agent-host/protocol/task.ts";
import { shippedRules } from "../../../../agent-host/rules/phases.ts";
import { checkPlan } from "../../../../agent-host/rules/plan.ts";
import { planAnalysis } from "../../../../agent-host/team/plan-analysis.ts";

const agents = new Map<AgentType, readonly TaskType[]>([
  ["research", ["research.documents", "research.document-check"]],
  ["codebase-analyzer", ["analysis.history", "analysis.code"]],
  ["team-leader", ["delivery.report"]],
]);
const given = { rules: shippedRules, phases: shippedRules.profiles.analysis, agents };

function task(change: Partial<TaskSpec>): TaskSpec {
  return {
    taskId: "t-a",
    runId: "r-1",
    phase: "analysis",
    agentType: "codebase-analyzer",
    taskType: "analysis.code",
    task: "look",
    complexity: 1,
    priority: 5,
    dependsOn: [],
    scope: { paths: ["."] },
    contextHash: "0".repeat(64),
    metadata: {},
    ...change,
  };
}

function refusal(plan: readonly TaskSpec[], change: Partial<typeof given> = {}): string {
  const verdict = checkPlan(plan, { ...given, ...change });
  return verdict.allowed ? "allowed" : verdict.rule;
}

describe("checkPlan", () => {
  it("allows the plan that the offline leader makes", () => {
    const plan = planAnalysis({ runId: "r-1", goal: "look", rulesChecksum: "0" }).map((each) => each.spec);
    expect(checkPlan(plan, given)).toEqual({ allowed: true });
  });

  it("refuses an empty plan", () => {
    expect(refusal([])).toBe("plan.notEmpty");
  });

  it("refuses a task that waits for itself", () => {
    expect(refusal([task({ dependsOn: ["t-a"] })])).toBe("plan.acyclic");
  });

  it("refuses a cycle over several tasks and names one of them", () => {
    const plan = [
      task({ taskId: "t-a", dependsOn: ["t-c"] }),
      task({ taskId: "t-b", dependsOn: ["t-a"] }),
      task({ taskId: "t-c", dependsOn: ["t-b"] }),
      task({ taskId: "t-free" }),
    ];
    const verdict = checkPlan(plan, given);
    expect(verdict).toMatchObject({ allowed: false, rule: "plan.acyclic" });
    expect(["t-a", "t-b", "t-c"]).toContain(verdict.allowed ? null : verdict.taskId);
  });

  it("refuses a task type outside its phase", () => {
    expect(refusal([task({ phase: "delivery" })])).toBe("phase.taskTypes");
  });

  it("refuses a phase that the profile does not have", () => {
    expect(refusal([task({ phase: "design" as Phase })])).toBe("plan.phase");
  });

  it("refuses an agent that the phase does not allow", () => {
    expect(refusal([task({ agentType: "tester" })])).toBe("phase.agents");
  });

  it("refuses an agent that cannot do the task", () => {
    expect(refusal([task({})], { agents: new Map([["codebase-analyzer", []]]) })).toBe("agent.capability");
  });

  it("refuses a dependency that is not planned", () => {
    expect(refusal([task({ dependsOn: ["t-none"] })])).toBe("plan.dependsOn");
  });

  it("refuses a dependency on a later phase", () => {
    const late = task({
      taskId: "t-late",
      phase: "delivery",
      agentType: "team-leader",
      taskType: "delivery.report",
    });
    expect(refusal([task({ dependsOn: ["t-late"] }), late])).toBe("plan.phaseOrder");
  });

  it("refuses two tasks with one id", () => {
    expect(refusal([task({}), task({})])).toBe("plan.uniqueIds");
  });

  it("refuses a plan of 10,000 tasks", () => {
    const plan = Array.from({ length: 10_000 }, (_, index) => task({ taskId: `t-${index}` }));
    expect(refusal(plan)).toBe("plan.maxTasks");
  });

  it("refuses more complexity than the rules allow", () => {
    const plan = Array.from({ length: 30 }, (_, index) => task({ taskId: `t-${index}`, complexity: 10 }));
    expect(refusal(plan)).toBe("plan.maxComplexity");
  });
});
