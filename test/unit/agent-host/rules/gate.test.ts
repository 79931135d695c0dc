import { describe, expect, it } from "vitest";
import type { TaskState } from "../../../../agent-host/protocol/state/schemas.ts";
import { evaluateGate, gatePasses } from "../../../../agent-host/rules/gate.ts";

function run(status: TaskState["status"]): { tasksById: Record<string, TaskState> } {
  const task = { taskId: "t-a", phase: "analysis", status } as TaskState;
  return { tasksById: { "t-a": task } };
}

describe("evaluateGate", () => {
  it("passes tasksCompleted when all tasks of the phase are done", () => {
    const evidence = evaluateGate([{ kind: "tasksCompleted" }], {
      run: run("done"),
      phase: "analysis",
      artifacts: [],
    });
    expect(evidence).toEqual([{ criterion: { kind: "tasksCompleted" }, passed: true }]);
    expect(gatePasses(evidence)).toBe(true);
  });

  it.each(["planned", "working", "failed", "cancelled", "refused"] as const)(
    "does not pass with a task that is %s",
    (status) => {
      const evidence = evaluateGate([{ kind: "tasksCompleted" }], {
        run: run(status),
        phase: "analysis",
        artifacts: [],
      });
      expect(evidence[0]).toMatchObject({
        passed: false,
        reason: expect.stringContaining(`t-a is ${status}`),
      });
      expect(gatePasses(evidence)).toBe(false);
    },
  );

  it("ignores tasks of other phases", () => {
    const evidence = evaluateGate([{ kind: "tasksCompleted" }], {
      run: run("planned"),
      phase: "research",
      artifacts: [],
    });
    expect(gatePasses(evidence)).toBe(true);
  });

  it("wants the artifact itself, not a task that says it wrote it", () => {
    const criteria = [{ kind: "artifactExists", artifact: "report" }] as const;
    const facts = { run: run("done"), phase: "delivery" } as const;
    expect(gatePasses(evaluateGate(criteria, { ...facts, artifacts: [] }))).toBe(false);
    expect(gatePasses(evaluateGate(criteria, { ...facts, artifacts: ["report"] }))).toBe(true);
  });
});
