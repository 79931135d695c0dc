import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { isFullDisk } from "../core/durable-file.ts";
import { type Event, EventEmitter } from "../core/event-emitter.ts";
import { HostError, isHostError, messageOf } from "../core/host-error.ts";
import type { Hub } from "../hub/router.ts";
import type { BlobStore } from "../journal/blob-store.ts";
import type { Journal } from "../journal/journal.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { RunId } from "../protocol/ids.ts";
import type { Actor } from "../protocol/journal.ts";
import { type RunRequest, runRequestSchema } from "../protocol/run.ts";
import type { Rules } from "../rules/phases.ts";
import type { Store } from "../store/store.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import { Delegation, stopReason } from "./delegate.ts";
import { changeVerbOf } from "./goal.ts";
import { RunLog } from "./run-log.ts";
import { type ProgressNote, type RunEnd, TeamLeader } from "./team-leader.ts";

export interface RunsOptions {
  readonly journal: Pick<Journal, "append">;
  readonly blobs: BlobStore;
  readonly store: Pick<Store, "runState">;
  readonly hub: Hub;
  readonly registry: AgentRegistry;
  readonly rules: Rules;
  readonly rulesChecksum: string;
  readonly clock: Clock;
  readonly newRunId: () => RunId;
  /** Root of the workspace. */
  readonly root: string;
  readonly stateFolder: string;
  /** For the log: why a run stopped without an end, or what no code foresaw. */
  onRunError(runId: RunId, error: unknown): void;
  /** No run is under way any more. */
  onRest(): void;
}

/** A run that could not go on and could not end either: its journal or disk takes nothing. It can be resumed. */
export interface StoppedRun {
  readonly runId: RunId;
  readonly problem: HostError;
}

interface LiveRun {
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

const maxLiveRuns = 16;

/** The runs this host works on: starts, cancels, resumes them, and pauses them all when the host goes. */
export class Runs {
  private readonly options: RunsOptions;
  private readonly live = new Map<RunId, LiveRun>();
  private readonly closing = new AbortController();
  private readonly progressEmitter: EventEmitter<ProgressNote>;
  private readonly stoppedEmitter: EventEmitter<StoppedRun>;

  constructor(options: RunsOptions) {
    this.options = options;
    this.progressEmitter = new EventEmitter((error) => options.onRunError("", error));
    this.stoppedEmitter = new EventEmitter((error) => options.onRunError("", error));
  }

  get progress(): Event<ProgressNote> {
    return this.progressEmitter;
  }

  get stopped(): Event<StoppedRun> {
    return this.stoppedEmitter;
  }

  get liveCount(): number {
    return this.live.size;
  }

  isLive(runId: RunId): boolean {
    return this.live.has(runId);
  }

  /**
   * Resolves once the run is durable; the work goes on.
   *
   * @throws HostError `run.providerUnavailable`, `run.needsModel`, `run.tooMany`, and what the journal throws.
   */
  async start(request: RunRequest, actor: Actor): Promise<{ runId: RunId; seq: number }> {
    const { goal, provider, profile = "analysis" } = runRequestSchema.parse(request);
    this.refuseUnlessPossible({ goal, provider, profile, isProfileChosen: request.profile !== undefined });
    const log = this.logOf(this.options.newRunId(), undefined);
    const goalRef = await log.keep(goal);
    const data = { goal: goalRef, profile, provider };
    const [entry] = await log.record([{ type: "run.created", actor, data }]);
    this.goOn(log);
    return { runId: log.runId, seq: entry?.seq ?? 0 };
  }

  /** @throws HostError `run.unknown`, `run.ended`, `run.live`. */
  async resume(runId: RunId, actor: Actor, reason: string): Promise<{ seq: number }> {
    if (this.live.has(runId)) throw new HostError("run.live", `${runId} is being worked on`);
    const state = await this.options.store.runState(runId);
    if (state === null) throw unknownRun(runId);
    if (state.finishedAt !== null) {
      throw new HostError("run.ended", `${runId} has ended: ${state.status}`, {
        hint: "Start a new run instead",
      });
    }
    const log = this.logOf(runId, state);
    const [entry] = await log.record([{ type: "run.resumed", actor, data: { reason } }]);
    this.goOn(log);
    return { seq: entry?.seq ?? 0 };
  }

  /**
   * Resolves when the run's end is durable.
   *
   * @throws HostError `run.unknown`, `run.ended`.
   */
  async cancel(runId: RunId, actor: Actor, reason: string): Promise<void> {
    const run = this.live.get(runId);
    if (run !== undefined) {
      run.stop.abort(new HostError("run.cancelled", reason));
      await run.finished;
      return;
    }
    const state = await this.options.store.runState(runId);
    if (state === null) throw unknownRun(runId);
    if (state.finishedAt !== null) throw new HostError("run.ended", `${runId} has ended: ${state.status}`);
    // Interrupted earlier: nobody works on it, so its end can be written at once.
    await this.finish(
      this.logOf(runId, state),
      { status: "cancelled", exitCode: exitCodes.cancelled, reason },
      actor,
    );
  }

  /** Pauses every run and resolves when that is durable. Later starts are refused. */
  async pauseAll(reason: string): Promise<void> {
    this.closing.abort(new HostError("host.closing", "The host is closing"));
    const all = [...this.live.values()];
    for (const run of all) run.stop.abort(new HostError("run.paused", reason));
    await Promise.all(all.map((run) => run.finished));
  }

  private refuseUnlessPossible(wish: {
    goal: string;
    provider: string;
    profile: string;
    isProfileChosen: boolean;
  }): void {
    if (this.closing.signal.aborted) throw this.closing.signal.reason;
    if (wish.provider !== "offline") {
      throw new HostError("run.providerUnavailable", `This version has no provider '${wish.provider}'`, {
        hint: "Use --provider offline: it needs no model, key or network, and does the analysis profile",
      });
    }
    const verb = wish.isProfileChosen ? null : changeVerbOf(wish.goal);
    if (wish.profile !== "analysis" || verb !== null) {
      const what = verb === null ? `The profile '${wish.profile}'` : `A goal that asks to ${verb} something`;
      throw new HostError("run.needsModel", `${what} needs a model, and the offline engine is none`, {
        hint: "This version reads and reports only. Add --profile analysis to have the code analyzed with this goal",
      });
    }
    if (this.live.size >= maxLiveRuns) {
      throw new HostError("run.tooMany", `${maxLiveRuns} runs are under way`, {
        hint: "Wait for one to end, or cancel one",
      });
    }
  }

  private logOf(runId: RunId, state: ConstructorParameters<typeof RunLog>[0]["state"]): RunLog {
    const { journal, blobs } = this.options;
    // Never aborted: also a cancelled run and a closing host write their last entries.
    return new RunLog({ runId, journal, blobs, state, signal: new AbortController().signal });
  }

  private goOn(log: RunLog): void {
    const stop = new AbortController();
    const finished = this.work(log, stop.signal)
      .catch((error: unknown) => this.options.onRunError(log.runId, error))
      .finally(() => {
        this.live.delete(log.runId);
        if (this.live.size === 0) this.options.onRest();
      });
    this.live.set(log.runId, { stop, finished });
    if (this.closing.signal.aborted) stop.abort(new HostError("run.paused", "The host is closing"));
  }

  private async work(log: RunLog, signal: AbortSignal): Promise<void> {
    const { hub, registry, rules, rulesChecksum, clock, root, stateFolder } = this.options;
    const delegation = new Delegation({ hub, registry, rules, clock, address: `leader/${log.runId}` });
    const leader = new TeamLeader({
      log,
      delegation,
      registry,
      rules,
      rulesChecksum,
      root,
      runFolder: join(stateFolder, "runs", log.runId),
      onProgress: (note) => this.progressEmitter.emit(note),
    });
    try {
      await this.finish(log, await leader.walk(signal), leaderActor);
    } catch (error) {
      await this.endAfter(log, error, signal);
    } finally {
      delegation.dispose();
    }
  }

  private async endAfter(log: RunLog, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      const stop = stopReason(signal);
      if (stop.kind === "pause") {
        await log.record([{ type: "run.paused", actor: hostActor, data: { reason: stop.reason } }]);
        return;
      }
      await this.finish(
        log,
        { status: "cancelled", exitCode: exitCodes.cancelled, reason: stop.reason },
        leaderActor,
      );
      return;
    }
    const problem = storageProblem(error);
    if (problem !== null) {
      // The run stays open and can be resumed. What still fits says why.
      await log
        .record([{ type: "run.paused", actor: hostActor, data: { reason: problem.message } }])
        .catch(() => undefined);
      this.stoppedEmitter.emit({ runId: log.runId, problem });
      throw error;
    }
    await this.finish(
      log,
      { status: "failed", exitCode: exitCodes.failed, reason: messageOf(error) },
      hostActor,
    );
    if (!isHostError(error)) throw error;
  }

  private async finish(log: RunLog, end: RunEnd | CancelledEnd, actor: Actor): Promise<void> {
    const working = Object.values(log.state.tasksById).filter((task) => task.status === "working");
    const report = Object.values(log.state.tasksById).some(
      (task) => task.taskType === "delivery.report" && task.status === "done",
    )
      ? `runs/${log.runId}/report.md`
      : null;
    const { status, exitCode, reason } = end;
    await log.record([
      ...working.map((task) => ({
        type: "task.finished" as const,
        taskId: task.taskId,
        actor: hostActor,
        outcome: "cancelled" as const,
        data: {
          agentId: task.agentType,
          status: "cancelled" as const,
          executionTimeMs: 0,
          confidence: 0,
          result: null,
          usage: log.state.usage,
          summary: "stopped with its run",
        },
      })),
      {
        type: "run.finished",
        actor,
        outcome: status === "done" ? "ok" : status,
        data: {
          status,
          exitCode,
          report,
          usage: log.state.usage,
          ...(reason === undefined ? {} : { reason: await log.keep(reason) }),
        },
      },
    ]);
  }
}

interface CancelledEnd {
  readonly status: "cancelled";
  readonly exitCode: number;
  readonly reason: string;
}

const leaderActor: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };
const hostActor: Actor = { kind: "system", id: "host", role: "host" };

/** Set when the disk or the journal takes nothing: a state of the machine, not of the run. */
function storageProblem(error: unknown): HostError | null {
  const hint = { hint: "Make room, then go on with 'agent-team runs resume <run>'", cause: error };
  if (isFullDisk(error)) return new HostError("disk.full", "There is no space left on the disk", hint);
  const isOurs = isHostError(error) && (error.code.startsWith("journal.") || error.code === "disk.full");
  return isOurs ? error : null;
}

function unknownRun(runId: RunId): HostError {
  return new HostError("run.unknown", `There is no run ${runId}`, { hint: "See 'agent-team runs list'" });
}
