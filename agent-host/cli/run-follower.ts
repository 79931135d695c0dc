import type { HostConnection } from "../client/host-connection.ts";
import { HostError } from "../core/host-error.ts";
import type { RunId, WorkspaceId } from "../protocol/ids.ts";
import type { DeliveredEntry, NotificationParams } from "../protocol/methods.ts";
import { reduceRun } from "../protocol/state/run-reducer.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { visible } from "../protocol/visible.ts";
import type { Output } from "./cli-context.ts";
import { entryNote } from "./entry-note.ts";
import { type RunStop, runStopOf } from "./run-stop.ts";

export interface FollowOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly output: Output;
}

/**
 * Shows one run from its entries as they become durable: raw with `--json`, else a line per thing that happened
 * and, on a terminal, one progress line.
 */
export class RunFollower {
  private readonly options: FollowOptions;
  /** The run as far as it was shown. */
  state: RunState | undefined;
  /** Entries that came before it was known which run to follow. */
  private early: DeliveredEntry[] | null = [];
  private runId: RunId | null = null;
  private problem: HostError | null = null;
  private readonly watchers = new Set<() => void>();

  private constructor(options: FollowOptions, known: RunState | undefined) {
    this.options = options;
    this.state = known;
  }

  /**
   * Subscribes before the run is started, so that none of its entries is missed; with `known`, to what comes after
   * the state that was shown already.
   */
  static async begin(
    connection: HostConnection,
    workspaceId: WorkspaceId,
    options: FollowOptions,
    known?: RunState,
  ): Promise<RunFollower> {
    const follower = new RunFollower(options, known);
    connection.onNotification("state/event", ({ entry, texts }) => follower.take({ entry, texts }));
    connection.onNotification("task/progress", (note) => follower.showProgress(note));
    connection.onNotification("run/stopped", (stopped) => follower.stop(stopped));
    connection.onClose(() => follower.lose(lostConnection()));
    const since =
      known === undefined
        ? { workspaceId, sinceSeq: connection.host.seq }
        : { workspaceId, sinceSeq: known.lastSeq, runId: known.runId };
    const start = await connection.request("state/subscribe", since, new AbortController().signal);
    if ("replay" in start) for (const delivered of start.replay) follower.take(delivered);
    // So much has happened that it is not told one by one.
    else if ("runId" in start.snapshot) follower.state = start.snapshot;
    return follower;
  }

  /** True once the host has gone, or could work no further. */
  get isLost(): boolean {
    return this.problem !== null;
  }

  /** From here on this run is shown, beginning with what has come of it already. */
  follow(runId: RunId): void {
    this.runId = runId;
    const early = this.early ?? [];
    this.early = null;
    for (const delivered of early) this.take(delivered);
  }

  /**
   * Resolves where the run comes to a stop that is told by an entry after `afterSeq`.
   *
   * @throws HostError `host.lost` when the host goes first, or why the run could neither go on nor end.
   */
  async nextStop(afterSeq: number): Promise<RunStop> {
    try {
      return await new Promise((resolve, reject) => this.watch(afterSeq, resolve, reject));
    } finally {
      this.options.output.progress("");
    }
  }

  /** Calls `listener` after each further entry of the run, and when the host is lost, until disposed of. */
  onChange(listener: () => void): { dispose(): void } {
    this.watchers.add(listener);
    return { dispose: () => this.watchers.delete(listener) };
  }

  private watch(
    afterSeq: number,
    resolve: (stop: RunStop) => void,
    reject: (problem: HostError) => void,
  ): void {
    const look = (): void => {
      const { state, problem } = this;
      const stop = state === undefined || state.lastSeq <= afterSeq ? null : runStopOf(state);
      if (stop === null && problem === null) return;
      this.watchers.delete(look);
      // What is durable counts, also where the connection closed right after it.
      if (stop !== null) resolve(stop);
      else if (problem !== null) reject(problem);
    };
    this.watchers.add(look);
    look();
  }

  private take(delivered: DeliveredEntry): void {
    if (this.early !== null) {
      this.early.push(delivered);
      return;
    }
    const { entry, texts } = delivered;
    if (entry.runId !== this.runId) return;
    this.state = reduceRun(this.state, entry, texts);
    if (this.options.json) this.options.output.out(`${JSON.stringify(entry)}\n`);
    else if (!this.options.quiet) this.note(delivered);
    this.changed();
  }

  private stop({ runId, code, message, hint }: NotificationParams<"run/stopped">): void {
    if (runId === this.runId) this.lose(new HostError(code, message, hint === undefined ? {} : { hint }));
  }

  private lose(problem: HostError): void {
    this.problem ??= problem;
    this.changed();
  }

  private changed(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  private note(delivered: DeliveredEntry): void {
    const text = entryNote(delivered, this.state);
    if (text === null) return;
    this.options.output.progress("");
    this.options.output.note(`${visible(text)}\n`);
  }

  private showProgress(note: NotificationParams<"task/progress">): void {
    if (note.runId !== this.runId || this.options.json || this.options.quiet) return;
    const title = this.state?.tasksById[note.taskId]?.title ?? note.taskId;
    const count = note.total > 0 ? ` ${note.done}/${note.total}` : "";
    this.options.output.progress(visible(`  ${title}: ${note.stage}${count}`));
  }
}

function lostConnection(): HostError {
  return new HostError("host.lost", "The host went away before the run ended", {
    hint: "What was acknowledged is kept. See 'agent-team runs list', then 'agent-team runs resume <run>'",
  });
}
