import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { type Event, EventEmitter } from "../core/event-emitter.ts";
import { HostError } from "../core/host-error.ts";
import type { BlobStore } from "../journal/blob-store.ts";
import type { Journal } from "../journal/journal.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { RunId } from "../protocol/ids.ts";
import type { Actor } from "../protocol/journal.ts";
import type { Rules } from "../protocol/rules.ts";
import type { RunRequest } from "../protocol/run.ts";
import type { Budget } from "../protocol/scope.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { Store } from "../store/store.ts";
import type { RunTrees } from "../workspace/run-trees.ts";
import { endAfter } from "./end-after.ts";
import { finishRun, type RunFinish } from "./finish-run.ts";
import { RunActivity } from "./run-activity.ts";
import type { RunLog } from "./run-log.ts";
import { RunLogs, unknownRun } from "./run-logs.ts";
import { RunPlaces } from "./run-places.ts";
import { prepareRun } from "./run-preparation.ts";
import type { ModelWork } from "./run-setup.ts";
import { type StartOptions, startRun } from "./run-start.ts";
import { cancelBy, pauseBy } from "./run-stop.ts";
import { assembleRunTeam, type RunTeamOptions } from "./run-team.ts";
import { isHalfApplied, takeBack } from "./take-back.ts";
import type { ProgressNote } from "./task-runner.ts";

export interface RunsOptions
  extends StartOptions,
    Pick<RunTeamOptions, "hub" | "registry" | "handBack" | "toolsFor" | "dirtyPaths"> {
  readonly journal: Pick<Journal, "append" | "subscribe" | "read">;
  readonly blobs: BlobStore;
  readonly store: Pick<Store, "runState">;
  readonly clock: Clock;
  readonly newRunId: () => RunId;
  /** Root of the workspace. */
  readonly root: string;
  readonly stateFolder: string;
  detectCommands(rules: Rules, signal: AbortSignal): Promise<Readonly<Record<string, readonly string[]>>>;
  /**
   * What a run with a model works with.
   *
   * @throws HostError `model.noKey` and others where its models cannot be asked now.
   */
  modelWork(given: { runFolder: string; log: RunLog }, signal: AbortSignal): Promise<ModelWork>;
  /** Trees of a run by its folder, also where its models cannot be asked. */
  treesOf(runFolder: string): RunTrees;
  /** Takes secrets out of what is kept and shown. */
  redact(text: string): string;
  /** The same for what a tool put out, and what is hidden in it. */
  clean(text: string): string;
  /** As `redact`, for text that comes in pieces. */
  redactStream(tell: (text: string) => void): (piece: string) => void;
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

/** Text of one task as it comes. */
export interface TextNote {
  readonly runId: RunId;
  readonly taskId: string;
  readonly source: "model" | "command";
  readonly text: string;
}

interface LiveRun {
  readonly log: RunLog;
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

const maxLiveRuns = 16;

/** The runs this host works on: starts, steers, pauses, resumes and cancels them, and pauses all when the host goes. */
export class Runs {
  private readonly options: RunsOptions;
  private readonly logs: RunLogs;
  private readonly live = new Map<RunId, LiveRun>();
  private readonly places = new RunPlaces(maxLiveRuns, () => this.live.size);
  private readonly closing = new AbortController();
  private readonly progressEmitter: EventEmitter<ProgressNote>;
  private readonly textEmitter: EventEmitter<TextNote>;
  private readonly stoppedEmitter: EventEmitter<StoppedRun>;

  constructor(options: RunsOptions) {
    this.options = options;
    this.logs = new RunLogs(options);
    this.progressEmitter = new EventEmitter((error) => options.onRunError("", error));
    this.textEmitter = new EventEmitter((error) => options.onRunError("", error));
    this.stoppedEmitter = new EventEmitter((error) => options.onRunError("", error));
  }

  get progress(): Event<ProgressNote> {
    return this.progressEmitter;
  }

  get stopped(): Event<StoppedRun> {
    return this.stoppedEmitter;
  }

  /** Words of models and output of commands as they come; never journaled. */
  get text(): Event<TextNote> {
    return this.textEmitter;
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
   * @throws HostError `run.tooMany`, and what `startRun` throws.
   */
  async start(given: RunRequest, actor: Actor): Promise<{ runId: RunId; seq: number; warnings: string[] }> {
    this.closing.signal.throwIfAborted();
    return await this.places.take(async () => {
      const runId = this.options.newRunId();
      const begin = (): RunLog => this.logs.begin(runId);
      const started = await startRun(this.options, { given, actor, begin }, this.closing.signal);
      this.goOn(started.log);
      return { runId, seq: started.seq, warnings: [...started.warnings] };
    });
  }

  /** @throws HostError `run.unknown`, `run.ended`, `run.live`, `run.tooMany`, `host.closing`. */
  async resume(
    runId: RunId,
    given: { actor: Actor; reason: string; budget?: Partial<Budget> },
  ): Promise<{ seq: number }> {
    const goOn = async (): Promise<{ seq: number }> => {
      this.closing.signal.throwIfAborted();
      const log = await this.logs.open(runId);
      try {
        return await this.goOnWith(log, given);
      } catch (error) {
        log.dispose();
        throw error;
      }
    };
    return await this.whileAtRest(runId, () => this.places.take(goOn));
  }

  /**
   * Resolves when the run's end is durable.
   *
   * @throws HostError `run.unknown`, `run.ended`.
   */
  async cancel(runId: RunId, actor: Actor, reason: string): Promise<void> {
    const wasLive = this.live.has(runId);
    await this.logs.inTurn(runId, async () => {
      const run = this.live.get(runId);
      run?.stop.abort(cancelBy(reason));
      await run?.finished;
      // Nobody works on it, or a pause was first: its end can be written at once.
      await this.withLog(runId, async (log) => {
        if (log.state.finishedAt === null) {
          await this.takeBack(log);
          await finishRun(log, { status: "cancelled", exitCode: exitCodes.cancelled, reason }, actor);
        } else if (!wasLive) throw ended(log.state);
      });
    });
  }

  /**
   * Does `act` while nobody works on the run, and lets nobody begin before it is done.
   *
   * @throws HostError `run.live`, and what `act` throws.
   */
  async whileAtRest<T>(runId: RunId, act: () => Promise<T>): Promise<T> {
    return await this.logs.inTurn(runId, async () => {
      if (this.live.has(runId)) {
        throw new HostError("run.live", `${runId} is being worked on`, { hint: "Pause or cancel it first" });
      }
      return await act();
    });
  }

  /**
   * Resolves when the pause is durable.
   *
   * @throws HostError `run.unknown`, `run.notLive`.
   */
  async pause(runId: RunId, reason: string): Promise<void> {
    const run = this.live.get(runId);
    if (run === undefined) {
      const state = await this.options.store.runState(runId);
      if (state === null) throw unknownRun(runId);
      if (state.finishedAt !== null) throw ended(state);
      throw new HostError("run.notLive", `Nobody works on ${runId}: it stands still already`);
    }
    run.stop.abort(pauseBy("asked", reason));
    await run.finished;
  }

  /** Words of a person to the agents. Resolves when they are durable; the agents hear them with their next turn. */
  async steer(
    runId: RunId,
    given: { actor: Actor; message: string; taskId?: string },
  ): Promise<{ seq: number }> {
    return await this.withLog(runId, async (log) => {
      if (log.state.finishedAt !== null) throw ended(log.state);
      const { actor, taskId } = given;
      if (taskId !== undefined && log.state.tasksById[taskId] === undefined) {
        throw new HostError("task.unknown", `${runId} has no task ${taskId}`, {
          hint: `See 'agent-team runs show ${runId}'`,
        });
      }
      const data = { message: await log.keep(given.message) };
      const of = taskId === undefined ? {} : { taskId };
      const [entry] = await log.record([{ type: "run.steered", actor, ...of, data }]);
      return { seq: entry?.seq ?? 0 };
    });
  }

  /** Pauses every run and resolves when that is durable. Later starts are refused. */
  async pauseAll(reason: string): Promise<void> {
    this.closing.abort(new HostError("host.closing", "The host is closing"));
    const all = [...this.live.values()];
    for (const run of all) run.stop.abort(pauseBy("host", reason));
    await Promise.all(all.map((run) => run.finished));
  }

  /**
   * Lets `act` write to a run, whether it is being worked on or not.
   *
   * @throws HostError `run.unknown`, and what `act` throws.
   */
  async withLog<T>(runId: RunId, act: (log: RunLog) => Promise<T>): Promise<T> {
    const live = this.live.get(runId);
    if (live !== undefined) return await act(live.log);
    const log = await this.logs.open(runId);
    try {
      return await act(log);
    } finally {
      log.dispose();
    }
  }

  private runFolder(runId: RunId): string {
    return join(this.options.stateFolder, "runs", runId);
  }

  /** Nobody goes on with this run: half of a change must not stay in the workspace. */
  private async takeBack(log: RunLog): Promise<void> {
    if (!isHalfApplied(log.state)) return;
    await takeBack(log, { trees: this.options.treesOf(this.runFolder(log.runId)) });
  }

  private async goOnWith(
    log: RunLog,
    { actor, reason, budget }: { actor: Actor; reason: string; budget?: Partial<Budget> },
  ): Promise<{ seq: number }> {
    const { state } = log;
    if (state.finishedAt !== null) throw ended(state);
    const limits = { ...state.budget.limits, ...budget };
    const [entry] = await log.record([
      ...(budget === undefined
        ? []
        : [{ type: "budget.extended" as const, actor, data: { budget: limits } }]),
      { type: "run.resumed", actor, data: { reason } },
    ]);
    this.goOn(log);
    return { seq: entry?.seq ?? 0 };
  }

  private goOn(log: RunLog): void {
    const stop = new AbortController();
    const finished = this.work(log, stop.signal)
      .catch((error: unknown) => this.options.onRunError(log.runId, error))
      .finally(() => {
        this.live.delete(log.runId);
        log.dispose();
        if (this.live.size === 0) this.options.onRest();
      });
    this.live.set(log.runId, { log, stop, finished });
    if (this.closing.signal.aborted) stop.abort(pauseBy("host", "The host is closing"));
  }

  private async work(log: RunLog, signal: AbortSignal): Promise<void> {
    let work: ModelWork | null = null;
    try {
      work = await this.modelWork(log, signal);
      await finishRun(log, await this.walk(log, work, signal), leaderActor);
      // A run that goes on later needs the work that lies in them.
      await work?.trees.removeFolders();
    } catch (error) {
      const onStopped = (problem: HostError): void => this.stoppedEmitter.emit({ runId: log.runId, problem });
      await endAfter(log, error, { signal, onStopped });
    } finally {
      await work?.release();
    }
  }

  private async modelWork(log: RunLog, signal: AbortSignal): Promise<ModelWork | null> {
    if (log.state.provider === "offline") return null;
    return await this.options.modelWork({ runFolder: this.runFolder(log.runId), log }, signal);
  }

  private async walk(log: RunLog, work: ModelWork | null, signal: AbortSignal): Promise<RunFinish> {
    const { journal, hub, registry, handBack, toolsFor, clock, root, rules, detectCommands } = this.options;
    const { clean, redactStream } = this.options;
    const runFolder = this.runFolder(log.runId);
    const { pinned, rulesChecksum } = await prepareRun({ log, work, rules, detectCommands }, signal);
    const activity = new RunActivity((ids) => this.tellHeldUp(log, ids));
    const team = assembleRunTeam({
      setup: { log, clock, pinned, rulesChecksum, root, runFolder, activity, work, clean, redactStream },
      journal,
      hub,
      registry,
      handBack,
      dirtyPaths: this.options.dirtyPaths,
      toolsFor,
      onProgress: (note) => this.progressEmitter.emit(note),
      onText: (taskId, source, text) => this.textEmitter.emit({ runId: log.runId, taskId, source, text }),
    });
    try {
      return await team.leader.walk(signal);
    } finally {
      team.dispose();
    }
  }

  private tellHeldUp(log: RunLog, ids: readonly string[]): void {
    const { waits, status } = log.state;
    // It was answered meanwhile.
    if (waits === 0 || status !== "running") return;
    log
      .record([{ type: "run.waiting", actor: hostActor, data: { for: ids.slice(0, 50) } }])
      // Nobody would learn that it waits: whoever follows it would wait too.
      .catch((error: unknown) => this.live.get(log.runId)?.stop.abort(error));
  }
}

const leaderActor: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };
const hostActor: Actor = { kind: "system", id: "host", role: "host" };

function ended(state: RunState): HostError {
  return new HostError("run.ended", `${state.runId} has ended: ${state.status}`, {
    hint: "Start a new run instead",
  });
}
