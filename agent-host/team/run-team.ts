import type { Disposable } from "../core/disposable.ts";
import type { Hub } from "../hub/router.ts";
import type { Journal } from "../journal/journal.ts";
import type { ToolDeclaration } from "../models/model.ts";
import type { TaskSpec } from "../protocol/task.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import { Approvals } from "./approvals.ts";
import { BudgetBook } from "./budget-book.ts";
import { ChangeMerger } from "./change-merger.ts";
import type { DirtyPaths } from "./change-writer.ts";
import { Delegation } from "./delegate.ts";
import { Delivery } from "./delivery.ts";
import { DeskMaker } from "./desk-maker.ts";
import { EffectLog } from "./effect-log.ts";
import { GateKeeper } from "./gate-keeper.ts";
import type { HandBackInput } from "./hand-back.ts";
import { ModelCalls } from "./model-calls.ts";
import { Planner } from "./planner.ts";
import type { ModelWork, RunSetup } from "./run-setup.ts";
import { type ProgressNote, TaskRunner } from "./task-runner.ts";
import { TeamLeader } from "./team-leader.ts";
import { ToolGate } from "./tool-gate.ts";

export interface RunTeamOptions {
  readonly setup: RunSetup;
  readonly journal: Pick<Journal, "read">;
  readonly hub: Hub;
  readonly registry: AgentRegistry;
  readonly handBack: HandBackInput;
  readonly dirtyPaths: DirtyPaths;
  toolsFor(spec: TaskSpec, promptTools: readonly string[]): readonly ToolDeclaration[];
  onProgress(note: ProgressNote): void;
  onText(taskId: string, source: "model" | "command", text: string): void;
}

export interface RunTeam extends Disposable {
  readonly leader: TeamLeader;
}

/** Joins what one run needs around its setup: the leader, and everything its tasks go through. */
export function assembleRunTeam(options: RunTeamOptions): RunTeam {
  const { setup, journal, hub, registry, onProgress } = options;
  const { log, clock, work } = setup;
  const capabilities = registry.capabilities(work?.models ?? null);
  const planner = new Planner({ setup, capabilities });
  const delegation = new Delegation({
    hub,
    registry,
    rules: { ...setup.pinned.rules, scope: setup.pinned.scope },
    clock,
    // Grows with each resume.
    address: `leader/${log.runId}/${log.state.lastSeq}`,
  });
  const tasks = new TaskRunner({
    setup,
    journal,
    registry,
    delegation,
    desks: work === null ? null : deskMaker(options, planner, work),
    merger: work === null ? null : new ChangeMerger(log, work.trees),
    onProgress,
  });
  const leader = new TeamLeader({
    setup,
    planner,
    tasks,
    gates: new GateKeeper(setup),
    delivery: work === null ? null : new Delivery(setup, work, options.dirtyPaths),
  });
  return { leader, dispose: () => delegation.dispose() };
}

function deskMaker(options: RunTeamOptions, planner: Planner, work: ModelWork): DeskMaker {
  const { setup, journal, registry, handBack, toolsFor, onText } = options;
  const { log, clock } = setup;
  const beganAt = clock.monotonicMs();
  const budget = new BudgetBook(log, () => (clock.monotonicMs() - beganAt) / 60_000);
  const approvals = new Approvals(setup, {
    newId: () => work.newId(),
  });
  const effects = new EffectLog(setup);
  return new DeskMaker({
    setup,
    work,
    journal,
    registry,
    planner,
    calls: new ModelCalls({ setup, models: work.models, budget }),
    gate: new ToolGate({ setup, work, approvals, effects }),
    input: handBack,
    toolsFor,
    onText,
  });
}
