import { describe, expect, it } from "vitest";
import type { Message } from "../../../../agent-host/protocol/conversation.ts";
import type { DecideAccess } from "../../../../agent-host/security/access-decision.ts";
import { Approvals } from "../../../../agent-host/team/approvals.ts";
import { BudgetBook } from "../../../../agent-host/team/budget-book.ts";
import { ConversationWindow } from "../../../../agent-host/team/conversation-window.ts";
import { EffectLog } from "../../../../agent-host/team/effect-log.ts";
import { HandBack } from "../../../../agent-host/team/hand-back.ts";
import { ModelCalls } from "../../../../agent-host/team/model-calls.ts";
import { Planner } from "../../../../agent-host/team/planner.ts";
import { effectIdOf, HostedTaskDesk } from "../../../../agent-host/team/task-desk.ts";
import { emptyHistory, type TaskHistory } from "../../../../agent-host/team/task-history.ts";
import { ToolGate } from "../../../../agent-host/team/tool-gate.ts";
import { normalisePlan, normaliseResult } from "../../../../agent-host/tools/hand-back-input.ts";
import { words } from "../../../support/memory-desk.ts";
import { allAgents, taskSpec } from "../../../support/rules-fixture.ts";
import { memoryWrite } from "../../../support/team-agents.ts";
import { chainOf, coder, modelOf, never, person, type TeamRun, teamRun } from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";

async function deskOf(
  given: { history?: TaskHistory; maxTurns?: number; offered?: string[] } = {},
): Promise<{ desk: HostedTaskDesk; run: TeamRun; taints: boolean[] }> {
  const trees = new MemoryTrees();
  const model = modelOf([words("hello"), words("again")]);
  const taints: boolean[] = [];
  const decideAccess: DecideAccess = (_access, { isTainted }) => {
    taints.push(isTainted);
    return { kind: "allow", rule: "test", reason: "" };
  };
  const parts = { trees, tools: [memoryWrite(trees)], models: chainOf(model), decideAccess };
  const run = await teamRun({ work: parts });
  await trees.openTaskTree({ name: "t-a-1", tree: await trees.snapshot() });
  const spec = taskSpec();
  const tools = (given.offered ?? ["write", "submit_result"]).map((name) => {
    return { name, description: name, inputSchema: {} };
  });
  const { setup, work, log } = run;
  const approvals = new Approvals(setup, { newId: () => "1" });
  const planner = new Planner({ setup, capabilities: allAgents });
  const desk = new HostedTaskDesk({
    log,
    spec,
    attempt: 1,
    actor: coder,
    prompt: { text: "You are a coder", checksum: "d".repeat(64) },
    tools,
    maxTurns: given.maxTurns ?? 10,
    history: given.history ?? emptyHistory,
    calls: new ModelCalls({ setup, models: work.models, budget: new BudgetBook(log, () => 0) }),
    window: new ConversationWindow(null, work.newFit()),
    beginsTainted: false,
    gate: new ToolGate({ setup, work, approvals, effects: new EffectLog(setup) }),
    handBack: new HandBack({
      setup,
      spec,
      actor: coder,
      planner,
      input: { plan: normalisePlan, result: normaliseResult },
    }),
    callingTask: {
      spec,
      actor: coder,
      mayWrite: true,
      offered: tools,
      folder: async () => "t-a-1",
      readFolder: async () => "t-a-1",
    },
    show: () => () => undefined,
  });
  return { desk, run, taints };
}

async function steer(run: TeamRun, text: string, taskId?: string): Promise<void> {
  const data = { message: await run.log.keep(text) };
  await run.record({ type: "run.steered", actor: person, ...(taskId === undefined ? {} : { taskId }), data });
}

const said: Message[] = [{ role: "user", text: "Do it" }];
const place = { turn: 0, index: 0 };

describe("the words of a person", () => {
  it("reach a task once, those to all and those to it", async () => {
    const { desk, run } = await deskOf();
    await steer(run, "all of you");
    await steer(run, "you", "t-a");
    await steer(run, "somebody else", "t-b");
    expect(await desk.steering()).toEqual(["all of you", "you"]);
    expect(await desk.steering()).toEqual([]);
    await steer(run, "later");
    expect(await desk.steering()).toEqual(["later"]);
  });

  it("are not said again to a task that heard them before the host ended", async () => {
    const { run } = await deskOf();
    await steer(run, "heard");
    const seq = run.log.state.steering[0]?.seq ?? 0;
    const history = { ...emptyHistory, steeredSeq: seq };
    const { desk, run: later } = await deskOf({ history });
    await steer(later, "heard");
    expect(later.log.state.steering[0]?.seq).toBe(seq);
    expect(await desk.steering()).toEqual([]);
  });

  it("are journaled as heard with the question in which they stand", async () => {
    const { desk, run } = await deskOf();
    await steer(run, "faster");
    await desk.steering();
    await desk.ask(said, never);
    expect(run.dataOf("model.requested")[0]?.heardSeq).toBe(run.log.state.steering[0]?.seq);
  });
});

describe("the words of another agent", () => {
  const call = { id: "c1", name: "write", input: { path: "src/a.ts", content: "2" } };
  const tell = async (run: TeamRun): Promise<void> => {
    const data = { message: await run.log.keep("[From an agent]") };
    await run.record({ type: "run.steered", actor: coder, taskId: "t-a", data });
  };

  it("count as what others wrote, once they are heard", async () => {
    const { desk, run, taints } = await deskOf();
    await steer(run, "the person's own do not");
    await desk.steering();
    await desk.use(call, place, never);
    const other = await deskOf();
    await tell(other.run);
    await other.desk.steering();
    await other.desk.use(call, place, never);
    expect([...taints, ...other.taints]).toEqual([false, true]);
  });

  it("do not push out what a person said", async () => {
    const { desk, run } = await deskOf();
    await steer(run, "stop that");
    for (let each = 0; each < 150; each += 1) await tell(run);
    expect(run.log.state.steering).toHaveLength(101);
    expect((await desk.steering())[0]).toBe("stop that");
  });
});

describe("a question to the model", () => {
  it("is counted by the answers before it", async () => {
    const { desk, run } = await deskOf();
    const first = await desk.ask(said, never);
    await desk.ask([...said, first], never);
    expect(run.dataOf("model.requested").map(({ turn }) => turn)).toEqual([1, 2]);
  });

  it("is not asked once the rules' turns are used up", async () => {
    const { desk, run } = await deskOf({ maxTurns: 1 });
    const first = await desk.ask(said, never);
    await expect(desk.ask([...said, first], never)).rejects.toMatchObject({ code: "agent.turnLimit" });
    expect(run.dataOf("model.requested")).toHaveLength(1);
  });
});

describe("a tool call at the desk", () => {
  const write = { id: "c1", name: "write", input: { path: "src/a.ts", content: "2" } };

  it("has the same name before and after a crash", async () => {
    const { desk, run } = await deskOf();
    await desk.use(write, { turn: 2, index: 1 }, never);
    expect(run.dataOf("effect.intended")).toMatchObject([{ effectId: "e-a-1-3-1" }]);
    expect(effectIdOf("t-a", 1, 3, 1)).toBe("e-a-1-3-1");
  });

  it("whose result is durable is not done again", async () => {
    const known = { toolCallId: "c1", text: "done before", isError: false };
    const history = { ...emptyHistory, results: new Map([["e-a-1-1-0", known]]) };
    const { desk, run } = await deskOf({ history });
    expect(await desk.use(write, place, never)).toEqual({ result: known, final: null });
    expect(run.dataOf("effect.completed")).toEqual([]);
  });

  it("ends the task when it hands back", async () => {
    const { desk } = await deskOf();
    const submit = { id: "c1", name: "submit_result", input: { summary: "done" } };
    expect((await desk.use(submit, place, never)).final).not.toBeNull();
  });

  it("hands nothing back where that was not offered", async () => {
    const { desk, run } = await deskOf({ offered: ["write", "submit_result"] });
    const plan = { agentType: "back-end-coder", task: "more work" };
    const call = { id: "c1", name: "plan_tasks", input: { tasks: [plan] } };
    const { result, final } = await desk.use(call, place, never);
    expect(final).toBeNull();
    expect(result.text).toContain("There is no tool plan_tasks");
    expect(run.dataOf("task.planned")).toEqual([]);
  });
});
