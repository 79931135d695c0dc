import { describe, expect, it } from "vitest";
import type { Agent, AgentContext } from "../../../../agent-host/agents/agent.ts";
import { modelAgent } from "../../../../agent-host/agents/model-agent.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { Finding } from "../../../../agent-host/protocol/finding.ts";
import type { TaskSpec } from "../../../../agent-host/protocol/task.ts";
import { isBroughtIn } from "../../../../agent-host/team/conflict-task.ts";
import type { ProgressNote } from "../../../../agent-host/team/task-runner.ts";
import { agent, coderThat, goodAnswer, memoryWrite, taskRunner } from "../../../support/team-agents.ts";
import {
  chainOf,
  modelOf,
  never,
  type Reply,
  type TeamRun,
  type TeamRunOptions,
  teamRun,
} from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";

async function runWith(options: TeamRunOptions = {}, replies: readonly Reply[] = []): Promise<TeamRun> {
  const trees = new MemoryTrees({ "src/a.ts": "1", "src/b.ts": "1" });
  const work = { trees, tools: [memoryWrite(trees)], models: chainOf(modelOf(replies)), ...options.work };
  return await teamRun({ ...options, work });
}

/** Writes a file through the gate, as a model's call would. */
async function write({ desk }: AgentContext, path: string, content: string, signal: AbortSignal) {
  await desk?.use({ id: "c1", name: "write", input: { path, content } }, { turn: 0, index: 0 }, signal);
}

const finding: Finding = {
  ruleId: "review/remark",
  category: "structure",
  severity: "error",
  file: "src/a.ts",
  range: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
  message: "wrong",
  evidence: "",
  why: "",
  remedy: "",
  related: [],
  fingerprint: "f".repeat(32),
};

describe("a task that is run", () => {
  it("is done with what its agent handed back, and its change is merged in the same breath", async () => {
    const run = await runWith();
    const spec = await run.plan();
    const coder = coderThat(async (context, _emit, signal) => {
      await write(context, "src/a.ts", "2", signal);
      return undefined;
    });
    expect(await taskRunner(run, [coder]).run(spec, never)).toBe("done");
    expect(run.trees.filesOf(run.log.state.tree ?? "")).toEqual({ "src/a.ts": "2", "src/b.ts": "1" });
    expect(run.log.state.tasksById["t-a"]).toMatchObject({
      status: "done",
      attempt: 1,
      changeSetId: "c-a-1",
    });
    const types = run.entries.map(({ type }) => type).slice(-4);
    expect(types).toEqual(["changeset.created", "changeset.merged", "task.finished", "agent.stateChanged"]);
    const [finished] = run.dataOf("task.finished");
    expect(JSON.parse(await run.log.recall(finished?.result?.blob ?? ""))).toMatchObject({
      taskId: "t-a",
      agentId: "back-end-coder-1",
      changeSetId: "c-a-1",
    });
  });

  it("has no change set where nothing changed", async () => {
    const run = await runWith();
    await taskRunner(run, [coderThat(async () => undefined)]).run(await run.plan(), never);
    expect(run.dataOf("changeset.created")).toEqual([]);
    expect(run.log.state.tasksById["t-a"]).toMatchObject({ status: "done", changeSetId: null });
  });

  it("keeps no change of a task that is no coding", async () => {
    const run = await runWith();
    const spec = await run.plan({ phase: "review", agentType: "reviewer", taskType: "review.changes" });
    const reviewer = agent("reviewer", ["review.changes"], async (context, _emit, signal) => {
      await write(context, "src/a.ts", "2", signal);
      return goodAnswer;
    });
    expect(await taskRunner(run, [reviewer]).run(spec, never)).toBe("done");
    expect(run.log.state.tree).toBe(run.log.state.baseTree);
  });

  it("is refused where nobody can do it", async () => {
    const run = await runWith();
    expect(await taskRunner(run, []).run(await run.plan(), never)).toBe("failed");
    expect(run.log.state.tasksById["t-a"]?.status).toBe("refused");
    expect(run.dataOf("task.refused")).toMatchObject([{ rule: "agent.capability" }]);
  });

  it("shows its progress, and journals the findings it reports", async () => {
    const run = await runWith();
    const notes: ProgressNote[] = [];
    const coder = coderThat(async (_context, emit) => {
      emit({ kind: "progress", stage: "half", done: 1, total: 2 });
      emit({ kind: "findings", findings: [finding] });
      return undefined;
    });
    await taskRunner(run, [coder], notes).run(await run.plan(), never);
    expect(notes).toEqual([{ runId: run.log.runId, taskId: "t-a", stage: "half", done: 1, total: 2 }]);
    expect(run.log.state.findings).toEqual({ error: 1, warning: 0, info: 0 });
  });

  it("has the findings of a reviewer counted in its phase, with the very end of the task", async () => {
    const run = await runWith();
    const spec = await run.plan({ phase: "review", agentType: "reviewer", taskType: "review.changes" });
    const content = { summary: "Wrong", notes: [], verdict: "requestChanges", findings: [finding] };
    const reviewer = agent("reviewer", ["review.changes"], async () => ({ ...goodAnswer, content }));
    await taskRunner(run, [reviewer]).run(spec, never);
    expect(run.log.state.findingBatches).toMatchObject([{ phase: "review", counts: { error: 1 } }]);
    const types = run.entries.map(({ type }) => type).slice(-3);
    expect(types).toEqual(["finding.reported", "task.finished", "agent.stateChanged"]);
  });

  it("counts a review that asks for changes as an error, also where it names none", async () => {
    const run = await runWith();
    const spec = await run.plan({ phase: "review", agentType: "reviewer", taskType: "review.changes" });
    const content = { summary: "Wrong", notes: [], verdict: "requestChanges", findings: [] };
    const reviewer = agent("reviewer", ["review.changes"], async () => ({ ...goodAnswer, content }));
    await taskRunner(run, [reviewer]).run(spec, never);
    expect(run.log.state.findingBatches).toMatchObject([{ phase: "review", counts: { error: 1 } }]);
    const types = run.entries.map(({ type }) => type).slice(-3);
    expect(types).toEqual(["finding.reported", "task.finished", "agent.stateChanged"]);
  });

  it("has no findings counted of a review that does not count", async () => {
    const run = await runWith();
    const spec = await run.plan({ phase: "review", agentType: "reviewer", taskType: "review.changes" });
    const content = { summary: "Wrong", notes: [], verdict: "requestChanges", findings: [finding] };
    const unsure = { ...goodAnswer, content, confidence: 0 };
    await taskRunner(run, [agent("reviewer", ["review.changes"], async () => unsure)]).run(spec, never);
    expect(run.log.state.findings.error).toBe(0);
  });
});

describe("a task that fails", () => {
  function failing(error: unknown): Agent {
    return coderThat(async () => {
      throw error;
    });
  }

  it("is tried again as often as the rules allow, and no more", async () => {
    const run = await runWith();
    const outcome = await taskRunner(run, [failing(new HostError("agent.unfinished", "lazy"))]).run(
      await run.plan(),
      never,
    );
    expect(outcome).toBe("failed");
    expect(run.dataOf("task.started").map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(run.dataOf("task.finished").map(({ retries }) => retries)).toEqual([true, true, false]);
    expect(run.log.state.tasksById["t-a"]).toMatchObject({ status: "failed", retries: false });
  });

  it("is not tried again where that would not help, and says why", async () => {
    const run = await runWith();
    await taskRunner(run, [failing(new HostError("agent.refused", "I will not"))]).run(
      await run.plan(),
      never,
    );
    expect(run.dataOf("task.started")).toHaveLength(1);
    expect(run.log.state.tasksById["t-a"]).toMatchObject({
      status: "failed",
      summary: "I will not (agent.refused)",
    });
  });

  it("begins anew in a tree without what the attempt before did", async () => {
    const run = await runWith();
    let attempt = 0;
    const coder = coderThat(async (context, _emit, signal) => {
      attempt += 1;
      await write(context, attempt === 1 ? "src/a.ts" : "src/b.ts", "2", signal);
      if (attempt === 1) throw new HostError("agent.cutOff", "cut");
      return undefined;
    });
    expect(await taskRunner(run, [coder]).run(await run.plan(), never)).toBe("done");
    expect(run.trees.filesOf(run.log.state.tree ?? "")).toEqual({ "src/a.ts": "1", "src/b.ts": "2" });
  });

  it("is not done with a change outside of what it was given", async () => {
    const run = await runWith({ rules: (rules) => ({ ...rules, limits: { ...rules.limits, attempts: 1 } }) });
    const spec = await run.plan({ scope: { paths: ["docs/**"] } });
    const coder = coderThat(async (context, _emit, signal) => {
      await write(context, "src/a.ts", "2", signal);
      return undefined;
    });
    expect(await taskRunner(run, [coder]).run(spec, never)).toBe("failed");
    expect(run.log.state.tree).toBe(run.log.state.baseTree);
    expect(run.log.state.tasksById["t-a"]?.summary).toContain("src/a.ts");
    expect(run.dataOf("changeset.merged")).toEqual([]);
  });

  it("is told the next time why it did not count", async () => {
    const run = await runWith();
    const told: (string | undefined)[] = [];
    const coder = coderThat(async ({ taskSpec }) => {
      told.push(taskSpec.metadata.previousFailure);
      return { ...goodAnswer, confidence: told.length < 2 ? 0.01 : 0.9 };
    });
    expect(await taskRunner(run, [coder]).run(await run.plan(), never)).toBe("done");
    expect(told).toEqual([undefined, expect.stringContaining("does not count")]);
  });

  it("is not done with a result that is too unsure", async () => {
    const run = await runWith();
    const coder = coderThat(async () => ({ ...goodAnswer, confidence: 0.01 }));
    expect(await taskRunner(run, [coder]).run(await run.plan(), never)).toBe("failed");
    expect(run.dataOf("task.started")).toHaveLength(3);
  });
});

describe("changes that contradict each other", () => {
  it("become a task that has both in its tree, and what it makes of them counts", async () => {
    const run = await runWith();
    const [one, two] = [await run.plan({ taskId: "t-one" }), await run.plan({ taskId: "t-two" })];
    let isFirstDone: () => void = () => undefined;
    const firstDone = new Promise<void>((resolve) => {
      isFirstDone = resolve;
    });
    const coder = coderThat(async (context, _emit, signal) => {
      const { taskId, metadata } = context.taskSpec;
      if (metadata.conflict !== undefined) {
        await write(context, "src/a.ts", "both", signal);
        return undefined;
      }
      await write(context, "src/a.ts", taskId, signal);
      if (taskId === "t-two") await firstDone;
      return undefined;
    });
    const tasks = taskRunner(run, [coder]);
    const second = tasks.run(two, never);
    await tasks.run(one, never);
    isFirstDone();
    expect(await second).toBe("done");
    const { tasksById } = run.log.state;
    expect(isBroughtIn("t-two", tasksById)).toBe(false);
    const merge = JSON.parse(await run.log.recall(tasksById["t-two-merge"]?.spec ?? "")) as TaskSpec;
    expect(merge).toMatchObject({ priority: 10, metadata: { conflict: "src/a.ts" } });
    expect(await tasks.run(merge, never)).toBe("done");
    expect(run.trees.filesOf(merge.metadata.conflictTree ?? "")["src/a.ts"]).toContain("<<<<<<<");
    expect(run.trees.filesOf(run.log.state.tree ?? "")["src/a.ts"]).toBe("both");
    expect(isBroughtIn("t-two", run.log.state.tasksById)).toBe(true);
  });

  it("do not come in as markers, nor get lost, where the task that shall resolve them does nothing", async () => {
    const run = await runWith();
    const [one, two] = [await run.plan({ taskId: "t-one" }), await run.plan({ taskId: "t-two" })];
    let isFirstDone: () => void = () => undefined;
    const firstDone = new Promise<void>((resolve) => {
      isFirstDone = resolve;
    });
    const coder = coderThat(async (context, _emit, signal) => {
      const { taskId, metadata } = context.taskSpec;
      if (metadata.conflict !== undefined) return undefined;
      await write(context, "src/a.ts", taskId, signal);
      if (taskId === "t-two") await firstDone;
      return undefined;
    });
    const tasks = taskRunner(run, [coder]);
    const second = tasks.run(two, never);
    await tasks.run(one, never);
    isFirstDone();
    await second;
    const spec = run.log.state.tasksById["t-two-merge"]?.spec ?? "";
    const merge = JSON.parse(await run.log.recall(spec)) as TaskSpec;
    expect(await tasks.run(merge, never)).toBe("failed");
    expect(run.log.state.tasksById["t-two-merge"]?.summary).toContain("markers are left in src/a.ts");
    expect(run.trees.filesOf(run.log.state.tree ?? "")["src/a.ts"]).toBe("t-one");
    expect(isBroughtIn("t-two", run.log.state.tasksById)).toBe(false);
  });

  it("are merged where they touch different files, one after the other", async () => {
    const run = await runWith();
    const specs = [await run.plan({ taskId: "t-one" }), await run.plan({ taskId: "t-two" })];
    const coder = coderThat(async (context, _emit, signal) => {
      await write(context, context.taskSpec.taskId === "t-one" ? "src/a.ts" : "src/b.ts", "2", signal);
      return undefined;
    });
    const tasks = taskRunner(run, [coder]);
    expect(await Promise.all(specs.map((spec) => tasks.run(spec, never)))).toEqual(["done", "done"]);
    expect(run.trees.filesOf(run.log.state.tree ?? "")).toEqual({ "src/a.ts": "2", "src/b.ts": "2" });
  });
});

describe("a task whose run stops", () => {
  const submit = (): Reply => {
    const toolCalls = [{ id: "c2", name: "submit_result", input: { summary: "It greets" } }];
    return { role: "assistant", text: "", toolCalls, stop: "toolUse" };
  };
  const writes = (content: string): Reply => {
    const input = { path: "src/a.ts", content };
    return { role: "assistant", text: "", toolCalls: [{ id: "c1", name: "write", input }], stop: "toolUse" };
  };
  const real = modelAgent("back-end-coder", ["implementation.code"]);

  it("stays as it is, and is charged for what was under way", async () => {
    const stop = new AbortController();
    const run = await runWith({}, [
      writes("2"),
      async () => {
        stop.abort(new HostError("run.paused", "enough"));
        return await new Promise<never>((_resolve, reject) => reject(stop.signal.reason));
      },
    ]);
    const spec = await run.plan();
    await expect(taskRunner(run, [real]).run(spec, stop.signal)).rejects.toMatchObject({
      code: "run.paused",
    });
    expect(run.log.state.tasksById["t-a"]).toMatchObject({ status: "working", attempt: 1 });
    expect(run.dataOf("task.finished")).toEqual([]);
  });

  it("goes on with the same attempt and its conversation, and does nothing twice", async () => {
    const stop = new AbortController();
    const first = await runWith({}, [
      writes("2"),
      async () => {
        stop.abort(new HostError("run.pausedByHost", "closing"));
        throw stop.signal.reason;
      },
      async (request) => {
        expect(request.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
        const message = submit();
        if (message instanceof Error || typeof message === "function") throw new Error("no message");
        return { message, usage: { inputTokens: 1, outputTokens: 1, costUsd: 0 } };
      },
    ]);
    const spec = await first.plan();
    await expect(taskRunner(first, [real]).run(spec, stop.signal)).rejects.toMatchObject({
      code: "run.pausedByHost",
    });
    await first.seen("model.answered", 2);
    const run = await first.afterCrash();
    const again = { ...run, setup: { ...run.setup, work: first.work }, work: first.work };
    expect(await taskRunner(again, [real]).run(spec, never)).toBe("done");
    expect(run.dataOf("task.started").map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(run.dataOf("effect.intended")).toHaveLength(1);
    expect(run.trees.filesOf(run.log.state.tree ?? "")["src/a.ts"]).toBe("2");
  });

  it("pauses its run when the budget is used up, whoever asked", async () => {
    const run = await runWith({ budget: { tokens: 150 } }, [writes("2"), submit()]);
    const big = modelOf([writes("2"), submit()], { worstCase: () => ({ tokens: 149, costUsd: 0 }) });
    const work = { ...run.work, models: chainOf(big) };
    const tasks = taskRunner({ ...run, work, setup: { ...run.setup, work } }, [real]);
    await expect(tasks.run(await run.plan(), never)).rejects.toMatchObject({ code: "budget.exhausted" });
    expect(run.log.state.tasksById["t-a"]).toMatchObject({ status: "working" });
  });
});
