import type { Actor } from "../protocol/journal.ts";
import type { Provider } from "../protocol/run.ts";
import type { Store } from "../store/store.ts";
import type { Runs } from "./runs.ts";

export interface ModelWaitsOptions {
  readonly runs: Pick<Runs, "isLive" | "resume">;
  readonly store: Pick<Store, "listRuns">;
  /** A run that could not go on. */
  onError(runId: string, error: unknown): void;
}

const host: Actor = { kind: "system", id: "host", role: "host" };
const maxRuns = 100;

/** Lets runs go on that stood still for want of a model. */
export class ModelWaits {
  private readonly options: ModelWaitsOptions;
  /** One at a time: several windows bring the same at once. */
  private turn: Promise<void> = Promise.resolve();

  constructor(options: ModelWaitsOptions) {
    this.options = options;
  }

  /** Something came that runs of these providers may have waited for. One that cannot go on keeps no other from it. */
  async goOn(providers: readonly Provider[]): Promise<void> {
    this.turn = this.turn.then(() => this.goOnNow(providers)).catch(() => undefined);
    await this.turn;
  }

  private async goOnNow(providers: readonly Provider[]): Promise<void> {
    const { runs, store, onError } = this.options;
    const listed = await store.listRuns({ limit: maxRuns });
    for (const { runId, pauseCause, finishedAt, provider } of listed.runs) {
      const waits = pauseCause === "model" && finishedAt === null && providers.includes(provider);
      if (!waits || runs.isLive(runId)) continue;
      try {
        await runs.resume(runId, { actor: host, reason: "what it waited for has come" });
      } catch (error) {
        onError(runId, error);
      }
    }
  }
}
