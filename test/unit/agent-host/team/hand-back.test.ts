import { describe, expect, it } from "vitest";
import type { TaskSpec } from "../../../../agent-host/protocol/task.ts";
import { HandBack } from "../../../../agent-host/team/hand-back.ts";
import { Planner } from "../../../../agent-host/team/planner.ts";
import { normalisePlan, normaliseResult } from "../../../../agent-host/tools/hand-back-input.ts";
import { allAgents, taskSpec } from "../../../support/rules-fixture.ts";
import { coder, never, type TeamRun, teamRun } from "../../../support/team-run.ts";

function handBack(run: TeamRun, change: Partial<TaskSpec> = {}): HandBack {
  return new HandBack({
    setup: run.setup,
    spec: taskSpec(change),
    actor: coder,
    planner: new Planner({ setup: run.setup, capabilities: allAgents }),
    input: { plan: normalisePlan, result: normaliseResult },
  });
}

const effectId = "e-a-1-1-0";
const submit = (input: unknown) => ({ id: "c1", name: "submit_result", input });
const plan = (...tasks: unknown[]) => ({ id: "c1", name: "plan_tasks", input: { tasks } });
const planning = { phase: "planning", taskType: "planning.plan", agentType: "team-leader" } as const;
const good = { agentType: "back-end-coder", taskId: "t-one", task: "Write it" };
const bad = { agentType: "wizard", task: "Cast" };

describe("a result that is handed back", () => {
  it("ends the task, and that it was taken is durable", async () => {
    const run = await teamRun();
    const { final, result } = await handBack(run).take(submit({ summary: "It greets" }), effectId, never);
    expect(final).toMatchObject({ content: { summary: "It greets", notes: [] }, confidence: 0.8 });
    expect(result).toMatchObject({ toolCallId: "c1", isError: false });
    expect(run.dataOf("effect.completed")).toMatchObject([
      { effectId, tool: "submit_result", isError: false },
    ]);
  });

  it("does not end the task when it does not fit, and the model hears why", async () => {
    const run = await teamRun();
    const { final, result } = await handBack(run).take(submit({ confidence: 2 }), effectId, never);
    expect(final).toBeNull();
    expect(result).toMatchObject({ isError: true, text: expect.stringMatching(/^Bad call: /) });
    expect(run.entries.at(-1)).toMatchObject({ outcome: "failed" });
  });

  it("has verdict and findings only where the work of others is judged", async () => {
    const run = await teamRun();
    const judged = submit({
      summary: "Bad",
      verdict: "reject",
      findings: [{ file: "a.ts", severity: "error", message: "wrong" }],
    });
    const review = await handBack(run, { phase: "review", taskType: "review.changes" }).take(
      judged,
      effectId,
      never,
    );
    expect(review.final?.content).toMatchObject({ verdict: "requestChanges", findings: [{ file: "a.ts" }] });
    const coding = await handBack(run).take(judged, effectId, never);
    expect(coding.final?.content).toEqual({ summary: "Bad", notes: [] });
  });

  it("needs a plan where a plan is what was asked for", async () => {
    const run = await teamRun();
    const leader = handBack(run, planning);
    const early = await leader.take(submit({ summary: "planned" }), effectId, never);
    expect(early).toMatchObject({ final: null, result: { text: "There is no plan yet: call plan_tasks." } });
    await run.plan({ taskId: "t-one" });
    expect((await leader.take(submit({ summary: "planned" }), effectId, never)).final).not.toBeNull();
  });
});

describe("a plan that is handed back", () => {
  it("ends the task with what was planned", async () => {
    const run = await teamRun();
    const { final } = await handBack(run, planning).take(plan(good), effectId, never);
    expect(final?.content).toEqual({ summary: "1 task planned", notes: [], planned: ["t-one"] });
    expect(run.log.state.tasksById["t-one"]).toBeDefined();
  });

  it("comes back with the reason when it is refused, and may be made anew", async () => {
    const run = await teamRun();
    const leader = handBack(run, planning);
    const refused = await leader.take(plan(bad), effectId, never);
    expect(refused).toMatchObject({ final: null, result: { isError: true } });
    expect(refused.result.text).toContain("plan.agentType");
    expect((await leader.take(plan(good), effectId, never)).final).not.toBeNull();
  });

  it("ends the task in failure when it was refused once more than the rules allow", async () => {
    const run = await teamRun();
    const leader = handBack(run, planning);
    await leader.take(plan(bad), effectId, never);
    await leader.take(plan(bad), effectId, never);
    await expect(leader.take(plan(bad), effectId, never)).rejects.toMatchObject({ code: "plan.refused" });
    expect(run.dataOf("task.refused")).toHaveLength(3);
  });

  it("is no plan when it does not fit, which is not counted as refused", async () => {
    const run = await teamRun();
    const leader = handBack(run, planning);
    for (let time = 0; time < 4; time += 1) {
      const { result } = await leader.take({ id: "c1", name: "plan_tasks", input: {} }, effectId, never);
      expect(result.text).toMatch(/^Bad call: /);
    }
    expect(run.dataOf("task.refused")).toEqual([]);
  });

  it("is not taken once the run stops", async () => {
    const run = await teamRun();
    const stopped = AbortSignal.abort(new Error("stop"));
    await expect(handBack(run, planning).take(plan(good), effectId, stopped)).rejects.toThrow("stop");
    expect(run.dataOf("task.planned")).toEqual([]);
  });
});
