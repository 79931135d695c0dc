import type { Clock } from "../core/clock.ts";
import { HostError, isHostError } from "../core/host-error.ts";
import type { Journal } from "../journal/journal.ts";
import type { ChangeSummary, Discard } from "../protocol/change-set.ts";
import { typedEntry } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { missingGates } from "../rules/advance.ts";
import type { FileChange } from "../workspace/run-trees.ts";
import { discardParts } from "./change-discard.ts";
import { type ChangeDiff, ChangeReader, type ChangeReaderOptions, changeOf } from "./change-reader.ts";
import { noChange, notEnded } from "./change-refusals.ts";
import { ChangeWriter, type DirtyPaths, noEditors, type Written } from "./change-writer.ts";
import type { RunLog } from "./run-log.ts";
import { isHalfApplied, writeTools } from "./take-back.ts";

export interface ChangesOptions extends ChangeReaderOptions {
  readonly journal: Pick<Journal, "read">;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Lets `act` write to a run, whether it is being worked on or not. */
  withLog<T>(runId: string, act: (log: RunLog) => Promise<T>): Promise<T>;
  /** Does `act` while nobody works on the run, and lets nobody begin before it is done. @throws HostError `run.live`. */
  whileAtRest<T>(runId: string, act: () => Promise<T>): Promise<T>;
  /** None when absent. */
  readonly dirtyPaths?: DirtyPaths;
}

/** A run whose change could be neither finished nor taken back when the host began. */
export interface UnsettledChange {
  readonly runId: string;
  readonly error: unknown;
}

/** What runs change: to look at, to cut down before it is applied, to take back and to put in again. */
export class Changes {
  private readonly options: ChangesOptions;
  private readonly reader: ChangeReader;
  /** One at a time: two discards that were chosen from the same tree must not both count. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: ChangesOptions) {
    this.options = options;
    this.reader = new ChangeReader(options);
  }

  /** See `ChangeReader.list`. */
  async list(query: { limit: number }, signal: AbortSignal): Promise<ChangeSummary[]> {
    return await this.reader.list(query, signal);
  }

  /** See `ChangeReader.diff`. */
  async diff(
    runId: string,
    given: { paths?: readonly string[]; maxBytes: number },
    signal: AbortSignal,
  ): Promise<ChangeDiff> {
    return await this.reader.diff(runId, given, signal);
  }

  /** See `ChangeReader.file`. */
  async file(runId: string, path: string, signal: AbortSignal): Promise<FileChange & { tree: string }> {
    return await this.reader.file(runId, path, signal);
  }

  /**
   * Leaves parts out of a change that waits for a decision, or whose run stands still.
   *
   * @throws HostError `run.unknown`, `run.live` while agents are at work, and what `discardParts` throws.
   */
  async discard(
    runId: string,
    given: { tree: string; parts: readonly Discard[]; actor: Actor },
    signal: AbortSignal,
  ): Promise<{ seq: number; tree: string }> {
    const trees = this.options.treesOf(runId);
    return await this.inTurn(() =>
      this.whereNobodyWorks(runId, (log) => discardParts({ log, trees }, given, signal)),
    );
  }

  /**
   * Applies what was undone once more.
   *
   * @throws HostError `run.unknown`, `run.live`, `run.notEnded`, `change.none`, `change.applied`,
   * `delivery.notPassed`, `apply.conflict`, `apply.dirty`; then the workspace is as before.
   */
  async apply(runId: string, actor: Actor, signal: AbortSignal): Promise<Written> {
    return await this.writing(runId, async (writer, log) => {
      const settled = await writer.settle();
      if (settled?.kind === "apply") return settled.written;
      const { base, tree } = applicable(log.state);
      return await writer.applyWhole({ base, tree, actor }, signal);
    });
  }

  /**
   * Takes an applied change back, byte for byte.
   *
   * @throws HostError `run.unknown`, `run.live`, `run.notEnded`, `change.notApplied`, `change.conflict`,
   * `change.dirty`; then the workspace is as before.
   */
  async undo(runId: string, actor: Actor, signal: AbortSignal): Promise<Written> {
    return await this.writing(runId, async (writer, log) => {
      // What a host's end cut short is finished first; if that is what was asked for, it is the answer.
      const settled = await writer.settle();
      if (settled?.kind === "undo") return settled.written;
      if (log.state.appliedTree === null) throw notApplied(log.state);
      return await writer.undo(actor, signal);
    });
  }

  /**
   * Finishes what was being written when a host ended, for runs that have ended themselves; others do it when they go
   * on. For the beginning of a host: looks only at what the last ten hosts began.
   */
  async settle(signal: AbortSignal): Promise<UnsettledChange[]> {
    const { journal, store } = this.options;
    const starts = await journal.read({ type: "host.started", newestFirst: true, limit: 10 }, signal);
    const query = { type: "effect.intended", newestFirst: true, limit: 1_000 };
    const intents = await journal.read({ ...query, afterSeq: (starts.at(-1)?.seq ?? 1) - 1 }, signal);
    const unsettled: UnsettledChange[] = [];
    for (const runId of new Set(intents.flatMap((entry) => writingRunOf(typedEntry(entry))))) {
      try {
        const state = await store.runState(runId);
        if (state === null || state.finishedAt === null || !isHalfApplied(state)) continue;
        await this.writing(runId, async (writer) => await writer.settle());
      } catch (error) {
        unsettled.push({ runId, error });
      }
    }
    return unsettled;
  }

  private async writing<T>(
    runId: string,
    act: (writer: ChangeWriter, log: RunLog) => Promise<T>,
  ): Promise<T> {
    const { clock, dirtyPaths = noEditors } = this.options;
    return await this.atRest(runId, async (log) => {
      if (log.state.finishedAt === null) throw notEnded(runId);
      const trees = this.options.treesOf(runId);
      return await act(new ChangeWriter({ log, trees, clock, dirtyPaths }), log);
    });
  }

  private async whereNobodyWorks<T>(runId: string, act: (log: RunLog) => Promise<T>): Promise<T> {
    try {
      return await this.atRest(runId, act);
    } catch (error) {
      if (!isHostError(error) || error.code !== "run.live") throw error;
    }
    return await this.options.withLog(runId, async (log) => {
      if (!waitsAtGate(log.state)) throw atWork(runId);
      return await act(log);
    });
  }

  private async atRest<T>(runId: string, act: (log: RunLog) => Promise<T>): Promise<T> {
    return await this.options.whileAtRest(runId, () => this.options.withLog(runId, act));
  }

  private async inTurn<T>(act: () => Promise<T>): Promise<T> {
    const now = this.turn.then(act);
    this.turn = now.catch(() => undefined);
    return await now;
  }
}

function applicable(state: RunState): { base: string; tree: string } {
  const { runId, appliedTree } = state;
  const change = changeOf(state);
  if (change === null) throw noChange(runId);
  if (appliedTree !== null) {
    throw new HostError("change.applied", `The change of ${runId} stands in the workspace already`);
  }
  const missing = missingGates(state, "delivery");
  if (missing.length > 0) {
    throw new HostError("delivery.notPassed", `No passing record of ${missing.join(", ")} for this change`, {
      hint: "Only what every gate has passed is applied; start a new run",
    });
  }
  return change;
}

function notApplied({ runId, undone }: RunState): HostError {
  const why = undone ? "was undone already" : "was never applied";
  return new HostError("change.notApplied", `The change of ${runId} ${why}`, {
    hint: "See 'agent-team changes list'",
  });
}

function waitsAtGate({ phases, tasksById }: RunState): boolean {
  const isWaiting = phases.some(({ status }) => status === "needsPerson");
  return isWaiting && Object.values(tasksById).every(({ status }) => status !== "working");
}

function atWork(runId: string): HostError {
  return new HostError("run.live", `Agents are at work on ${runId}`, {
    hint: "Wait until it asks for a decision, or pause it first",
  });
}

function writingRunOf(entry: ReturnType<typeof typedEntry>): string[] {
  if (entry?.type !== "effect.intended" || entry.runId === null) return [];
  const { tool } = entry.data;
  return tool === writeTools.apply || tool === writeTools.undo ? [entry.runId] : [];
}
