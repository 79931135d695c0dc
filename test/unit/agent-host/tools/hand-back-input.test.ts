import { describe, expect, it } from "vitest";
import { findingSchema } from "../../../../agent-host/protocol/finding.ts";
import { normalisePlan, normaliseResult } from "../../../../agent-host/tools/hand-back-input.ts";
import { planTasksTool } from "../../../../agent-host/tools/plan-tasks.ts";
import { submitResultTool } from "../../../../agent-host/tools/submit-result.ts";
import { declarationOf } from "../../../../agent-host/tools/tool-input.ts";

describe("normalisePlan", () => {
  it("fills what may be left out", () => {
    const plan = normalisePlan({ tasks: [{ agentType: "tester", task: "Test it" }] });
    expect(plan).toEqual({
      tasks: [
        {
          taskId: null,
          title: null,
          agentType: "tester",
          taskType: null,
          phase: null,
          task: "Test it",
          complexity: 3,
          priority: 5,
          dependsOn: [],
          paths: [],
        },
      ],
    });
  });

  it("takes the other names and a bare list", () => {
    const task = {
      id: "t-a",
      agent: "tester",
      task_type: "implementation.tests",
      description: "Do",
      depends_on: ["t-b"],
      scope: { paths: ["src/**"] },
      because: "left out",
    };
    const expected = {
      taskId: "t-a",
      taskType: "implementation.tests",
      task: "Do",
      dependsOn: ["t-b"],
      paths: ["src/**"],
    };
    expect(normalisePlan([task])).toMatchObject({ tasks: [expected] });
  });

  it("lets pass what only the planner can judge, in any number", () => {
    const task = { taskId: "a", agentType: "nobody", task: "x", complexity: -4, dependsOn: ["a"] };
    const plan = normalisePlan({ tasks: Array.from({ length: 10_000 }, () => task) });
    expect("tasks" in plan && plan.tasks.length).toBe(10_000);
  });

  it("names the place of what does not fit", () => {
    const tasks = [{ agentType: "tester", task: "x" }, { agentType: "tester" }];
    expect(normalisePlan({ tasks })).toEqual({ problem: expect.stringContaining("tasks.1.task: ") });
    expect(normalisePlan("plan")).toEqual({ problem: expect.stringContaining("plan_tasks") });
  });
});

describe("normaliseResult", () => {
  it("fills what may be left out, and says nothing of findings that were not given", () => {
    expect(normaliseResult({ text: " done " })).toEqual({
      result: { summary: "done", confidence: 0.8, notes: [], sources: [] },
    });
  });

  it("reads sources and verdicts as models write them", () => {
    const given = {
      summary: "s",
      notes: "one",
      sources: ["src/a.ts:12", "b.ts", { path: "c.ts", line: 3 }],
      verdict: "Request changes",
    };
    expect(normaliseResult(given)).toEqual({
      result: {
        summary: "s",
        confidence: 0.8,
        notes: ["one"],
        sources: [{ file: "src/a.ts", line: 12 }, { file: "b.ts" }, { file: "c.ts", line: 3 }],
        verdict: "requestChanges",
      },
    });
  });

  it("makes whole findings of what a reviewer says", () => {
    const given = { summary: "s", findings: [{ path: "a.ts", line: 7, severity: "High", message: "Leaks" }] };
    const read = normaliseResult(given);
    const finding = "result" in read ? read.result.findings?.[0] : undefined;
    expect(findingSchema.parse(finding)).toMatchObject({
      severity: "error",
      ruleId: "review/remark",
      file: "a.ts",
    });
    expect(finding?.range.startLine).toBe(7);
  });

  it.each([
    [{ summary: "" }, "summary"],
    [{ summary: "s", confidence: 1.5 }, "confidence"],
    [{ summary: "s", findings: [{ file: "a", severity: "awful", message: "m" }] }, "findings.0.severity"],
    [{}, "summary"],
  ])("names what does not fit in %j", (given, place) => {
    expect(normaliseResult(given)).toEqual({ problem: expect.stringContaining(place) });
  });
});

describe("what models are told", () => {
  it("has the fields of the tasks, and asks only for those without a default", () => {
    const { inputSchema } = declarationOf(planTasksTool);
    expect(inputSchema).toMatchObject({
      type: "object",
      required: ["tasks"],
      properties: { tasks: { items: { type: "object", required: ["agentType", "task"] } } },
    });
    expect(JSON.stringify(inputSchema)).toContain("10 is the most urgent");
    expect(declarationOf(submitResultTool).inputSchema).toMatchObject({ required: ["summary"] });
  });
});
