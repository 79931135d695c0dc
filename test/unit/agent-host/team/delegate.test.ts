import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Agent, AgentContext, AgentEvent } from "../../../../agent-host/agents/agent.ts";
import { attachAgent } from "../../../../agent-host/agents/attach-agent.ts";
import { systemClock } from "../../../../agent-host/core/clock.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { Hub } from "../../../../agent-host/hub/router.ts";
import type { TaskSpec } from "../../../../agent-host/protocol/task.ts";
import { AgentRegistry } from "../../../../agent-host/team/agent-registry.ts";
import { type Delegated, Delegation } from "../../../../agent-host/team/delegate.ts";
import { shippedRules } from "../../../support/rules-fixture.ts";

const answer = {
  content: { changes: {}, unavailable: null },
  confidence: 1,
  sources: [],
  metadata: {},
  summary: "all of it",
};
const events: AgentEvent[] = [];
const unexpected: unknown[] = [];
let hub: Hub;

beforeEach(() => {
  events.length = 0;
  unexpected.length = 0;
  let next = 0;
  hub = new Hub({ clock: systemClock, newId: () => `m-${next++}`, onDeadLetter: () => undefined });
});

let delegation: Delegation | null = null;

afterEach(() => {
  delegation?.dispose();
});

function spec(change: Partial<TaskSpec> = {}): TaskSpec {
  return {
    taskId: "t-history",
    runId: "r-1",
    phase: "research",
    agentType: "codebase-analyzer",
    taskType: "analysis.history",
    task: "count",
    complexity: 1,
    priority: 5,
    dependsOn: [],
    scope: { paths: ["."] },
    contextHash: "0".repeat(64),
    metadata: {},
    ...change,
  };
}

async function delegate(
  run: Agent["run"],
  task = spec(),
  signal = new AbortController().signal,
): Promise<Delegated> {
  const agent: Agent = { agentType: "codebase-analyzer", taskTypes: ["analysis.history"], run };
  attachAgent(agent, {
    hub,
    agentId: "analyzer-1",
    clock: systemClock,
    onUnexpectedError: (error) => unexpected.push(error),
  });
  delegation = new Delegation({
    hub,
    registry: new AgentRegistry({
      agents: [{ agentId: "analyzer-1", agentType: agent.agentType, taskTypes: agent.taskTypes }],
      monotonicMs: systemClock.monotonicMs,
    }),
    rules: shippedRules(),
    clock: systemClock,
    address: "leader/r-1",
  });
  const context = { taskSpec: task, overview: { provider: "anthropic" } } as AgentContext;
  return await delegation.run(
    context,
    { onStarting: async () => undefined, onEvent: (event) => events.push(event) },
    signal,
  );
}

describe("Delegation", () => {
  it("hands a task to the agent and takes its result", async () => {
    const outcome = await delegate(async (_context, emit) => {
      emit({ kind: "progress", stage: "half", done: 1, total: 2 });
      return answer;
    });
    expect(outcome).toMatchObject({
      kind: "done",
      agentId: "analyzer-1",
      summary: "all of it",
      result: { status: "done" },
    });
    expect(events).toEqual([{ kind: "progress", stage: "half", done: 1, total: 2 }]);
  });

  it.each(["/etc", "../beside", "a/../../b", "C:\\x", "\\\\server"])("refuses the scope %j", async (path) => {
    const outcome = await delegate(async () => answer, spec({ scope: { paths: [path] } }));
    expect(outcome).toMatchObject({ kind: "refused", rule: "scope.paths" });
  });

  it("refuses a task that nobody can do", async () => {
    const outcome = await delegate(async () => answer, spec({ agentType: "tester" }));
    expect(outcome).toMatchObject({ kind: "refused", rule: "agent.capability" });
  });

  it("does not count a result whose content does not fit the task", async () => {
    const outcome = await delegate(async () => ({ ...answer, content: { changes: "many" } }));
    expect(outcome).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("does not fit: changes"),
    });
  });

  it("does not count a result without confidence", async () => {
    const outcome = await delegate(async () => ({ ...answer, confidence: 0.01 }));
    expect(outcome).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("0.01 is under limits.confidence"),
    });
  });

  it("gives the reason of an agent that fails", async () => {
    const outcome = await delegate(async () => {
      throw new HostError("x.y", "the file is gone");
    });
    expect(outcome).toMatchObject({
      kind: "failed",
      agentId: "analyzer-1",
      reason: "the file is gone (x.y)",
    });
    expect(unexpected).toEqual([]);
  });

  it("keeps a defect of an agent to the task, and tells the log", async () => {
    const outcome = await delegate(async () => {
      throw new TypeError("undefined is not a function");
    });
    expect(outcome).toMatchObject({ kind: "failed", reason: "undefined is not a function (agent.failed)" });
    expect(unexpected).toHaveLength(1);
  });

  it("throws for a full disk, which is no fault of the task", async () => {
    const running = delegate(async () => {
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    });
    await expect(running).rejects.toMatchObject({ code: "disk.full" });
  });

  it("tells the agent to stop when the run is cancelled, and ends once it has stopped", async () => {
    const controller = new AbortController();
    let stopped: () => void = () => undefined;
    const agentStopped = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    const running = delegate(
      (_context, _emit, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            stopped();
            reject(signal.reason);
          });
          controller.abort(new HostError("run.cancelled", "enough"));
        }),
      spec(),
      controller.signal,
    );
    await expect(running).rejects.toMatchObject({ code: "run.cancelled" });
    await agentStopped;
  });
});
