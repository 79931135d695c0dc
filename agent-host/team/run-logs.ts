import { HostError } from "../core/host-error.ts";
import type { BlobStore } from "../journal/blob-store.ts";
import type { Journal } from "../journal/journal.ts";
import type { RunId } from "../protocol/ids.ts";
import type { Entry } from "../protocol/journal.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { Store } from "../store/store.ts";
import { RunLog } from "./run-log.ts";

export interface RunLogsOptions {
  readonly journal: Pick<Journal, "append" | "subscribe">;
  readonly blobs: Pick<BlobStore, "put" | "get">;
  readonly store: Pick<Store, "runState">;
  redact?(text: string): string;
}

/** Opens the logs of runs, and keeps apart what must not happen to one run at the same time. */
export class RunLogs {
  private readonly options: RunLogsOptions;
  private readonly turns = new Map<RunId, Promise<unknown>>();

  constructor(options: RunLogsOptions) {
    this.options = options;
  }

  /** The log of a run that begins now. */
  begin(runId: RunId): RunLog {
    return this.make(runId, undefined);
  }

  /** @throws HostError `run.unknown`. */
  async open(runId: RunId): Promise<RunLog> {
    const { journal, store } = this.options;
    const meanwhile: Entry[] = [];
    // The state is as old as the question; what comes before the answer must not be lost.
    const subscription = journal.subscribe((entry) => {
      if (entry.runId === runId) meanwhile.push(entry);
    });
    try {
      const state = await store.runState(runId);
      if (state === null) throw unknownRun(runId);
      return this.make(runId, state, meanwhile);
    } finally {
      subscription.dispose();
    }
  }

  /** Does `act` once everything that was asked for this run before is done. */
  async inTurn<T>(runId: RunId, act: () => Promise<T>): Promise<T> {
    const before = this.turns.get(runId) ?? Promise.resolve();
    const now = before.then(act);
    const settled = now.then(
      () => undefined,
      () => undefined,
    );
    this.turns.set(runId, settled);
    try {
      return await now;
    } finally {
      if (this.turns.get(runId) === settled) this.turns.delete(runId);
    }
  }

  private make(runId: RunId, state: RunState | undefined, meanwhile: readonly Entry[] = []): RunLog {
    const { journal, blobs, redact } = this.options;
    const redacting = redact === undefined ? {} : { redact };
    // Never aborted: also a cancelled run and a closing host write their last entries.
    return new RunLog({
      ...{ runId, journal, blobs, state, meanwhile, ...redacting },
      signal: new AbortController().signal,
    });
  }
}

export function unknownRun(runId: RunId): HostError {
  return new HostError("run.unknown", `There is no run ${runId}`, { hint: "See 'agent-team runs list'" });
}
