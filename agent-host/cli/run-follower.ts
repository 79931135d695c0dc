import type { HostConnection } from "../client/host-connection.ts";
import { HostError } from "../core/host-error.ts";
import type { RunId, WorkspaceId } from "../protocol/ids.ts";
import type { DeliveredEntry, NotificationParams } from "../protocol/methods.ts";
import { reduceRun } from "../protocol/state/run-reducer.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { Output } from "./cli-context.ts";
import { entryNote } from "./entry-note.ts";
import { printable } from "./printable.ts";

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
  private readonly ended: Promise<RunState>;
  private onEnd: (state: RunState) => void = () => undefined;
  private onLost: (error: HostError) => void = () => undefined;

  private constructor(options: FollowOptions) {
    this.options = options;
    this.ended = new Promise((resolve, reject) => {
      this.onEnd = resolve;
      this.onLost = reject;
    });
    // Whoever waits hears of it; before that nobody does.
    this.ended.catch(() => undefined);
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
    const follower = new RunFollower(options);
    follower.state = known;
    connection.onNotification("state/event", ({ entry, texts }) => follower.take({ entry, texts }));
    connection.onNotification("task/progress", (note) => follower.showProgress(note));
    connection.onNotification("run/stopped", (stopped) => follower.stop(stopped));
    connection.onClose(() => follower.onLost(lostConnection()));
    const sinceSeq = known?.lastSeq ?? connection.host.seq;
    const start = await connection.request(
      "state/subscribe",
      { workspaceId, sinceSeq },
      new AbortController().signal,
    );
    if ("replay" in start) for (const delivered of start.replay) follower.take(delivered);
    return follower;
  }

  /** @throws HostError `host.lost` when the host goes before the run has ended. */
  async untilEnd(runId: RunId): Promise<RunState> {
    this.runId = runId;
    const early = this.early ?? [];
    this.early = null;
    for (const delivered of early) this.take(delivered);
    try {
      return await this.ended;
    } finally {
      this.options.output.progress("");
    }
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
    if (entry.type === "run.finished" && this.state !== undefined) this.onEnd(this.state);
  }

  private stop({ runId, code, message, hint }: NotificationParams<"run/stopped">): void {
    if (runId === this.runId) this.onLost(new HostError(code, message, hint === undefined ? {} : { hint }));
  }

  private note(delivered: DeliveredEntry): void {
    const text = entryNote(delivered, this.state);
    if (text === null) return;
    this.options.output.progress("");
    this.options.output.note(`${printable(text)}\n`);
  }

  private showProgress(note: NotificationParams<"task/progress">): void {
    if (note.runId !== this.runId || this.options.json || this.options.quiet) return;
    const title = this.state?.tasksById[note.taskId]?.title ?? note.taskId;
    const count = note.total > 0 ? ` ${note.done}/${note.total}` : "";
    this.options.output.progress(`  ${title}: ${note.stage}${count}`);
  }
}

function lostConnection(): HostError {
  return new HostError("host.lost", "The host went away before the run ended", {
    hint: "What was acknowledged is kept. See 'agent-team runs list', then 'agent-team runs resume <run>'",
  });
}
