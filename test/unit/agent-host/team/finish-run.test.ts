import { describe, expect, it } from "vitest";
import { finishRun } from "../../../../agent-host/team/finish-run.ts";
import { coder, hostActor, person, teamRun, usage } from "../../../support/team-run.ts";

describe("the end of a run", () => {
  it("ends the tasks under way with it, in one breath, and leaves the others as they are", async () => {
    const run = await teamRun();
    await run.plan({ taskId: "t-a" });
    await run.plan({ taskId: "t-b" });
    await run.record({
      type: "task.started",
      taskId: "t-a",
      actor: hostActor,
      data: { agentId: "c-1", attempt: 1 },
    });
    await finishRun(run.log, { status: "cancelled", exitCode: 130, reason: "enough of Ada's plan" }, person);
    const { tasksById, reason, status } = run.log.state;
    expect([tasksById["t-a"]?.status, tasksById["t-b"]?.status]).toEqual(["cancelled", "planned"]);
    expect({ status, reason }).toEqual({ status: "cancelled", reason: "enough of Ada's plan" });
    expect(run.entries.slice(-2).map(({ type }) => type)).toEqual(["task.finished", "run.finished"]);
    expect(JSON.stringify(run.entries)).not.toContain("Ada's plan");
  });

  it("settles calls that nobody waits for any more, and counts them in what was used", async () => {
    const run = await teamRun();
    const reserved = { tokens: 40, usd: 0.25, modelCalls: 1 };
    const data = { attempt: 1, turn: 1, model: "m", promptChecksum: "d".repeat(64), reserved };
    await run.record({ type: "model.requested", taskId: "t-a", actor: coder, data });
    await finishRun(run.log, { status: "failed", exitCode: 1 }, hostActor);
    expect(run.log.state.budget.reserved).toEqual({});
    expect(run.dataOf("run.finished")).toMatchObject([{ usage: { inputTokens: 40, costUsd: 0.25 } }]);
  });

  it("names the report only where one was written", async () => {
    const run = await teamRun();
    const report = { phase: "delivery", agentType: "team-leader", taskType: "delivery.report" } as const;
    await run.plan({ taskId: "t-report", ...report });
    const data = { agentId: "l-1", status: "done" as const, executionTimeMs: 1, confidence: 1, usage };
    await run.record({
      type: "task.finished",
      taskId: "t-report",
      actor: hostActor,
      data: { ...data, result: null, summary: "done" },
    });
    await finishRun(run.log, { status: "done", exitCode: 0 }, hostActor);
    expect(run.log.state.report).toBe(`runs/${run.log.runId}/report.md`);
    const other = await teamRun();
    await finishRun(other.log, { status: "done", exitCode: 0 }, hostActor);
    expect(other.log.state.report).toBeNull();
  });
});
