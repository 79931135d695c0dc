import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Agent } from "../../../../agent-host/agents/agent.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { Phase } from "../../../../agent-host/protocol/phase.ts";
import type { Rules } from "../../../../agent-host/protocol/rules.ts";
import { assembleRunTeam } from "../../../../agent-host/team/run-team.ts";
import type { TeamLeader } from "../../../../agent-host/team/team-leader.ts";
import { normalisePlan, normaliseResult } from "../../../../agent-host/tools/hand-back-input.ts";
import { agent, coderThat, goodAnswer, memoryWrite, onHub } from "../../../support/team-agents.ts";
import {
  coder,
  hostActor,
  never,
  person,
  type TeamRun,
  type TeamRunOptions,
  teamRun,
} from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";

const phases: readonly Phase[] = ["planning", "implementation", "review", "delivery"];

/** Short rules: a plan, code, a person's review, a report. */
function shortRules(rules: Rules): Rules {
  const { planning, implementation, review, delivery } = rules.phases;
  const report = delivery.tasks.map((task) => ({ ...task, dependsOn: [] }));
  return {
    ...rules,
    phases: {
      ...rules.phases,
      planning,
      implementation,
      review: { ...review, tasks: [] },
      delivery: { ...delivery, tasks: report },
    },
  };
}

function leaderOf(run: TeamRun, agents: readonly Agent[]): TeamLeader {
  const { hub, registry } = onHub(agents);
  const names = ["write", "submit_result", "plan_tasks"];
  const team = assembleRunTeam({
    setup: run.setup,
    journal: run.journal,
    hub,
    registry,
    handBack: { plan: normalisePlan, result: normaliseResult },
    dirtyPaths: async () => [],
    toolsFor: () => names.map((name) => ({ name, description: name, inputSchema: {} })),
    onProgress: () => undefined,
    onText: () => undefined,
  });
  onTestFinished(() => team.dispose());
  return team.leader;
}

async function newRun(options: TeamRunOptions = {}): Promise<TeamRun> {
  const trees = new MemoryTrees();
  const work = { trees, tools: [memoryWrite(trees)] };
  const run = await teamRun({ rules: shortRules, phases, ...options, work });
  await mkdir(run.setup.runFolder, { recursive: true });
  return run;
}

/** Plans two tasks of which the second waits for the first, and writes the report. */
function planning(run: TeamRun, tasks?: unknown[]): Agent {
  const types = ["planning.plan", "delivery.report"] as const;
  return agent("team-leader", [...types], async ({ taskSpec, desk }, _emit, signal) => {
    if (taskSpec.taskType === "delivery.report") {
      await writeFile(join(run.setup.runFolder, "report.md"), "# Report");
      return { ...goodAnswer, content: { files: ["report.md"] } };
    }
    const two = [
      { taskId: "one", agentType: "back-end-coder", task: "Write one" },
      { taskId: "two", agentType: "back-end-coder", task: "Write two", dependsOn: ["one"] },
    ];
    const call = { id: "c1", name: "plan_tasks", input: { tasks: tasks ?? two } };
    const outcome = await desk?.use(call, { turn: 0, index: 0 }, signal);
    if (outcome?.final == null) throw new HostError("test.plan", outcome?.result.text ?? "");
    return outcome.final;
  });
}

const writing = coderThat(async ({ taskSpec, desk }, _emit, signal) => {
  const input = { path: `src/${taskSpec.taskId}.ts`, content: "1" };
  await desk?.use({ id: "c1", name: "write", input }, { turn: 0, index: 0 }, signal);
  return undefined;
});

async function answerReview(run: TeamRun, given: { returnTo?: Phase; count: number }): Promise<void> {
  await run.seen("gate.evaluated", given.count);
  const gateId = run.log.state.phases.find(({ phase }) => phase === "review")?.gate?.gateId ?? "";
  const { returnTo } = given;
  const returned =
    returnTo === undefined ? {} : { returned: { to: returnTo, comment: await run.log.keep("Better") } };
  const decision = returnTo === undefined ? ("passed" as const) : ("rejected" as const);
  const data = { phase: "review" as const, decision, criteria: [], gateId, ...returned };
  await run.record({ type: "gate.decided", actor: person, data });
}

describe("the leader", () => {
  it("walks a run through its phases: planned, coded, reviewed by a person, applied and reported", async () => {
    const run = await newRun();
    const walking = leaderOf(run, [planning(run), writing]).walk(never);
    await answerReview(run, { count: 3 });
    expect(await walking).toEqual({ status: "done", exitCode: 0 });
    expect(run.dataOf("phase.entered").map(({ phase }) => phase)).toEqual(phases);
    expect(run.dataOf("phase.left").map(({ phase }) => phase)).toEqual(phases);
    expect([...run.trees.workspace.keys()]).toEqual(["src/a.ts", "src/t-one.ts", "src/t-two.ts"]);
  });

  it("applies nothing before the person has approved", async () => {
    const run = await newRun();
    const stop = new AbortController();
    const walking = leaderOf(run, [planning(run), writing]).walk(stop.signal);
    const told = expect(walking).rejects.toThrow("over");
    await run.seen("gate.evaluated", 3);
    expect([...run.trees.workspace.keys()]).toEqual(["src/a.ts"]);
    expect(run.log.state.phase).toBe("review");
    stop.abort(new Error("over"));
    await told;
  });

  it("goes on with what is open after the host ended, and repeats nothing that is done", async () => {
    const run = await newRun();
    const stop = new AbortController();
    const dying = coderThat(async (context, emit, signal) => {
      if (context.taskSpec.taskId === "t-two") {
        stop.abort(new HostError("run.pausedByHost", "the host ends"));
        throw stop.signal.reason;
      }
      return await writing.run(context, emit, signal);
    });
    const walking = leaderOf(run, [planning(run), dying]).walk(stop.signal);
    await expect(walking).rejects.toMatchObject({ code: "run.pausedByHost" });
    const next = await run.afterCrash();
    const work = { ...run.work };
    const again = { ...next, work, setup: { ...next.setup, work } };
    const resumed = leaderOf(again, [planning(again), writing]).walk(never);
    await answerReview(again, { count: 3 });
    expect(await resumed).toMatchObject({ status: "done" });
    const started = run.entries.filter(({ type }) => type === "task.started").map(({ taskId }) => taskId);
    expect(started).toEqual(["t-plan", "t-one", "t-two", "t-two", "t-report"]);
    expect(run.dataOf("phase.entered")).toHaveLength(4);
  });

  it("walks again what a person sent back, with new tasks, and applies only what passed then", async () => {
    const run = await newRun();
    const walking = leaderOf(run, [planning(run), writing]).walk(never);
    await answerReview(run, { count: 3, returnTo: "implementation" });
    await answerReview(run, { count: 5 });
    expect(await walking).toMatchObject({ status: "done" });
    expect(run.log.state.tasksById["t-rework-back-end-coder-r1"]).toMatchObject({ status: "done" });
    expect(run.dataOf("phase.entered").map(({ phase }) => phase)).toEqual([
      "planning",
      "implementation",
      "review",
      "implementation",
      "review",
      "delivery",
    ]);
    expect(run.dataOf("changeset.applied")).toMatchObject([{ tree: run.log.state.tree }]);
  });

  it("cancels what waits for a task that failed, and ends with that task's reason", async () => {
    const run = await newRun();
    const failing = coderThat(async () => {
      throw new HostError("agent.refused", "I will not");
    });
    expect(await leaderOf(run, [planning(run), failing]).walk(never)).toEqual({
      status: "failed",
      exitCode: 1,
      reason: "Write one: I will not (agent.refused)",
    });
    expect(run.log.state.tasksById["t-two"]).toMatchObject({
      status: "cancelled",
      summary: "It waits for t-one, which is not done",
    });
    expect(run.trees.applied).toEqual([]);
  });

  it("ends where the program's own plan is refused", async () => {
    const run = await newRun();
    expect(await leaderOf(run, [writing]).walk(never)).toMatchObject({
      status: "failed",
      exitCode: 1,
      reason: expect.stringContaining("agent.capability"),
    });
  });

  it("stops the other tasks when one has to pause the run", async () => {
    const run = await newRun();
    let wasStopped = false;
    const coders = coderThat(
      async ({ taskSpec }, _emit, signal) =>
        await new Promise((_resolve, reject) => {
          if (taskSpec.taskId === "t-rich") {
            run
              .seen("task.started", 3)
              .then(() => reject(new HostError("budget.exhausted", "no money")), reject);
            return;
          }
          signal.addEventListener("abort", () => {
            wasStopped = true;
            reject(signal.reason);
          });
        }),
    );
    const both = ["rich", "slow"].map((taskId) => ({ taskId, agentType: "back-end-coder", task: "x" }));
    const walking = leaderOf(run, [planning(run, both), coders]).walk(never);
    await expect(walking).rejects.toMatchObject({ code: "budget.exhausted" });
    expect(wasStopped).toBe(true);
    const { tasksById } = run.log.state;
    expect([tasksById["t-rich"]?.status, tasksById["t-slow"]?.status]).toEqual(["working", "working"]);
  });

  it("settles calls that were lost with an earlier host before it does anything else", async () => {
    const run = await newRun({ budget: { tokens: 50 } });
    const reserved = { tokens: 40, usd: 0, modelCalls: 1 };
    const data = { attempt: 1, turn: 1, model: "m", promptChecksum: "d".repeat(64), reserved };
    await run.record({ type: "model.requested", taskId: "t-x", actor: coder, data });
    const before = run.entries.length;
    await leaderOf(run, [writing]).walk(never);
    expect(run.entries[before]).toMatchObject({ type: "model.answered", data: { problem: "model.lost" } });
    expect(run.log.state.budget).toMatchObject({ reserved: {}, spent: { tokens: 40 } });
  });

  it("never enters a phase whose predecessors have no passing record for the present tree", async () => {
    const run = await newRun();
    const leader = leaderOf(run, [planning(run), writing]);
    let isTampered = false;
    const tampering = run.journal.subscribe((entry) => {
      if (entry.type !== "phase.entered" || entry.data.phase !== "delivery" || isTampered) return;
      isTampered = true;
      const tree = run.trees.add(new Map([["src/evil.ts", "1"]]));
      const data = { changeSetId: "c-evil-1", tree };
      run.record({ type: "changeset.merged", actor: hostActor, data }).catch(() => undefined);
    });
    const walking = leader.walk(never);
    const told = expect(walking).rejects.toMatchObject({ code: "delivery.notPassed" });
    await answerReview(run, { count: 3 });
    await told;
    tampering.dispose();
    expect(run.trees.applied).toEqual([]);
  });
});
