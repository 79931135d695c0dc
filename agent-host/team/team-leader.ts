import { HostError } from "../core/host-error.ts";
import type { EventDraft } from "../protocol/events.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { Actor } from "../protocol/journal.ts";
import type { Phase } from "../protocol/phase.ts";
import { noUsage, type TaskSpec, taskSpecSchema } from "../protocol/task.ts";
import { nextPhase } from "../rules/advance.ts";
import { isBroughtIn } from "./conflict-task.ts";
import type { Delivery } from "./delivery.ts";
import type { GateKeeper, RunEnd } from "./gate-keeper.ts";
import { settleLostCalls } from "./model-calls.ts";
import type { Planner } from "./planner.ts";
import type { RunSetup } from "./run-setup.ts";
import { schedule } from "./schedule.ts";
import type { TaskRunner } from "./task-runner.ts";

export interface TeamLeaderOptions {
  readonly setup: RunSetup;
  readonly planner: Planner;
  readonly tasks: TaskRunner;
  readonly gates: GateKeeper;
  /** null in a run without a model: it changes nothing. */
  readonly delivery: Delivery | null;
}

const leader: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };
const host: Actor = { kind: "system", id: "host", role: "host" };

/**
 * Walks one run through its phases. It keeps no progress of its own: each step looks at the state folded from
 * the journal, so a run that was interrupted anywhere goes on from what is durable.
 */
export class TeamLeader {
  private readonly options: TeamLeaderOptions;
  private readonly specs = new Map<string, TaskSpec>();

  constructor(options: TeamLeaderOptions) {
    this.options = options;
  }

  /** @throws the signal's reason when the run shall stop; HostError when it has to pause or the journal refuses. */
  async walk(signal: AbortSignal): Promise<RunEnd> {
    const { log } = this.options.setup;
    const lost = settleLostCalls(log.state.budget.reserved, host);
    if (lost.length > 0) await log.record(lost);
    for (let phase = nextPhase(log.state); phase !== null; phase = nextPhase(log.state)) {
      signal.throwIfAborted();
      const end = await this.walkPhase(phase, signal);
      if (end !== null) return end;
    }
    return { status: "done", exitCode: exitCodes.done };
  }

  private async walkPhase(phase: Phase, signal: AbortSignal): Promise<RunEnd | null> {
    const { planner, gates, delivery, setup } = this.options;
    await this.enter(phase);
    const seeded = await planner.seed(phase);
    if (seeded.kind === "refused") {
      const reason = `The plan was refused by ${seeded.rule}: ${seeded.reason}`;
      return { status: "failed", exitCode: exitCodes.failed, reason };
    }
    if (phase === "delivery") await delivery?.apply(signal);
    const stuck = await this.runTasks(phase, signal);
    if (stuck.length > 0) await setup.log.record(await this.cancelled(stuck));
    return await gates.close(phase, signal);
  }

  private async enter(phase: Phase): Promise<void> {
    const { log } = this.options.setup;
    const { phases } = log.state;
    const index = phases.findIndex((each) => each.phase === phase);
    const status = phases[index]?.status;
    if (status !== "waiting" && status !== "void") return;
    const data = { phase, index: index + 1, of: phases.length };
    // Their gates were passed by a person while no host worked on the run.
    const passed = phases.slice(0, index).filter(({ leftAt }) => leftAt === null);
    await log.record([
      ...passed.map((each): EventDraft => {
        return { type: "phase.left", actor: leader, data: { phase: each.phase } };
      }),
      { type: "phase.entered", actor: leader, data },
    ]);
  }

  private async runTasks(phase: Phase, signal: AbortSignal): Promise<readonly TaskSpec[]> {
    const { setup, tasks } = this.options;
    const { log, pinned, activity } = setup;
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    return await schedule({
      maxParallel: pinned.rules.limits.parallel,
      waiting: () => this.openTasks(phase),
      isDone: (taskId) => isBroughtIn(taskId, log.state.tasksById),
      run: (task) => activity.during(() => tasks.run(task, either)),
      onThrown: () => stop.abort(new HostError("run.paused", "another task cannot go on")),
    });
  }

  private async openTasks(phase: Phase): Promise<TaskSpec[]> {
    const open = Object.values(this.options.setup.log.state.tasksById).filter(
      (task) =>
        task.phase === phase && (task.status === "planned" || task.status === "working" || task.retries),
    );
    const known = open.flatMap(({ taskId }) => this.specs.get(taskId) ?? []);
    // As a rule: it is asked whenever a task ends, and a wait for each of many adds up.
    if (known.length === open.length) return known;
    return await Promise.all(open.map((task) => this.specOf(task.taskId, task.spec)));
  }

  private async specOf(taskId: string, blob: string | null): Promise<TaskSpec> {
    const known = this.specs.get(taskId);
    if (known !== undefined) return known;
    if (blob === null)
      throw new HostError("task.specMissing", `${taskId} has no specification in the journal`);
    const spec = taskSpecSchema.parse(JSON.parse(await this.options.setup.log.recall(blob)));
    this.specs.set(taskId, spec);
    return spec;
  }

  /** What waits for something that failed will never be done. */
  private async cancelled(stuck: readonly TaskSpec[]): Promise<EventDraft[]> {
    const { log } = this.options.setup;
    const drafts = stuck.map(async ({ taskId, agentType, dependsOn }): Promise<EventDraft> => {
      const open = dependsOn.filter((id) => log.state.tasksById[id]?.status !== "done");
      const data = {
        agentId: agentType,
        status: "cancelled" as const,
        executionTimeMs: 0,
        confidence: 0,
        result: null,
        usage: noUsage,
        summary: "cancelled",
        reason: await log.keep(`It waits for ${open.join(", ")}, which is not done`),
      };
      return { type: "task.finished", taskId, actor: host, outcome: "cancelled", data };
    });
    return await Promise.all(drafts);
  }
}
