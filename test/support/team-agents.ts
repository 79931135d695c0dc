import { onTestFinished } from "vitest";
import * as z from "zod";
import type { Agent, AgentAnswer } from "../../agent-host/agents/agent.ts";
import { attachAgent } from "../../agent-host/agents/attach-agent.ts";
import { systemClock } from "../../agent-host/core/clock.ts";
import { Hub } from "../../agent-host/hub/router.ts";
import type { AgentType, TaskType } from "../../agent-host/protocol/task.ts";
import { AgentRegistry } from "../../agent-host/team/agent-registry.ts";
import { Approvals } from "../../agent-host/team/approvals.ts";
import { BudgetBook } from "../../agent-host/team/budget-book.ts";
import { ChangeMerger } from "../../agent-host/team/change-merger.ts";
import { Delegation } from "../../agent-host/team/delegate.ts";
import { DeskMaker } from "../../agent-host/team/desk-maker.ts";
import { EffectLog } from "../../agent-host/team/effect-log.ts";
import { ModelCalls } from "../../agent-host/team/model-calls.ts";
import { Planner } from "../../agent-host/team/planner.ts";
import { type ProgressNote, TaskRunner } from "../../agent-host/team/task-runner.ts";
import { ToolGate } from "../../agent-host/team/tool-gate.ts";
import { normalisePlan, normaliseResult } from "../../agent-host/tools/hand-back-input.ts";
import type { Tool } from "../../agent-host/tools/tool.ts";
import { allAgents } from "./rules-fixture.ts";
import type { TeamRun } from "./team-run.ts";
import type { MemoryTrees } from "./team-trees.ts";

/** What an agent hands back when nothing is said. */
export const goodAnswer: AgentAnswer = {
  content: { summary: "It greets", notes: [] },
  confidence: 0.9,
  sources: [],
  metadata: {},
  summary: "handed back",
};

export function agent(agentType: AgentType, taskTypes: TaskType[], run: Agent["run"]): Agent {
  return { agentType, taskTypes, run };
}

/** A coder that does `run`; the answer is good unless it says otherwise. */
export function coderThat(
  run: (...given: Parameters<Agent["run"]>) => Promise<AgentAnswer | undefined>,
): Agent {
  return agent(
    "back-end-coder",
    ["implementation.code"],
    async (...given) => (await run(...given)) ?? goodAnswer,
  );
}

/** A tool that changes a file of a memory tree; as real as `write_file` for everything around it. */
export function memoryWrite(trees: MemoryTrees): Tool {
  const input = z.strictObject({ path: z.string(), content: z.string().nullable() });
  return {
    name: "write",
    description: "Writes a file",
    input,
    prepare: async (given, { folder }) => {
      const { path, content } = input.parse(given);
      return {
        access: { kind: "write", files: [{ path, verb: "edit" }] },
        hasEffect: true,
        facts: [path],
        check: { kind: "repeatable" },
        perform: async () => {
          trees.write(folder, path, content);
          return { text: `wrote ${path}`, isError: false };
        },
        recovered: () => ({ text: `wrote ${path}`, isError: false }),
      };
    },
  };
}

export interface TeamAgents {
  readonly hub: Hub;
  readonly registry: AgentRegistry;
}

/** Agents on a hub of their own, until the test ends. */
export function onHub(agents: readonly Agent[]): TeamAgents {
  let next = 0;
  const hub = new Hub({ clock: systemClock, newId: () => `m-${next++}`, onDeadLetter: () => undefined });
  const registered = agents.map((each, index) => {
    const agentId = `${each.agentType}-${index + 1}`;
    const attached = attachAgent(each, {
      hub,
      agentId,
      clock: systemClock,
      onUnexpectedError: () => undefined,
    });
    onTestFinished(() => attached.dispose());
    return { agentId, agentType: each.agentType, taskTypes: each.taskTypes };
  });
  const registry = new AgentRegistry({ agents: registered, monotonicMs: systemClock.monotonicMs });
  return { hub, registry };
}

/** Runs tasks of `run` with these agents and everything that stands between them and the world. */
export function taskRunner(
  run: TeamRun,
  agents: readonly Agent[],
  progress: ProgressNote[] = [],
): TaskRunner {
  const { setup, work, journal, log } = run;
  const { hub, registry } = onHub(agents);
  const rules = { ...setup.pinned.rules, scope: setup.pinned.scope };
  const address = `leader/${log.runId}/${log.state.lastSeq}`;
  const delegation = new Delegation({ hub, registry, rules, clock: systemClock, address });
  onTestFinished(() => delegation.dispose());
  const approvals = new Approvals(setup, { newId: () => work.newId() });
  const desks = new DeskMaker({
    setup,
    work,
    journal,
    registry,
    planner: new Planner({ setup, capabilities: allAgents }),
    calls: new ModelCalls({ setup, models: work.models, budget: new BudgetBook(log, () => 0) }),
    gate: new ToolGate({ setup, work, approvals, effects: new EffectLog(setup) }),
    input: { plan: normalisePlan, result: normaliseResult },
    toolsFor: () =>
      [...work.tools.map(({ name }) => name), "submit_result", "plan_tasks"].map((name) => {
        return { name, description: name, inputSchema: {} };
      }),
    onText: () => undefined,
  });
  return new TaskRunner({
    setup,
    journal,
    registry,
    delegation,
    desks: setup.work === null ? null : desks,
    merger: setup.work === null ? null : new ChangeMerger(log, work.trees),
    onProgress: (note) => progress.push(note),
  });
}
