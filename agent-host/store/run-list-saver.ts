import type { Clock } from "../core/clock.ts";

const minIntervalMs = 1_000;

/** A long list takes long to write: at most this part of the time goes into saving it. */
const maxShareOfTime = 0.05;

/** Saves at most once a second while there are changes, and once more at the end. */
export class RunListSaver {
  private changed = false;
  private saving: Promise<void> | null = null;
  private intervalMs = minIntervalMs;
  private readonly stop = new AbortController();
  private readonly options: {
    readonly clock: Clock;
    readonly save: () => Promise<void>;
    readonly onError: (error: unknown) => void;
  };

  constructor(options: { clock: Clock; save: () => Promise<void>; onError: (error: unknown) => void }) {
    this.options = options;
  }

  noteChange(): void {
    this.changed = true;
    if (!this.stop.signal.aborted) this.saving ??= this.saveWhileChanging();
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.saving;
    if (this.changed) await this.save();
  }

  private async saveWhileChanging(): Promise<void> {
    while (this.changed && (await this.intervalPassed())) await this.save();
    this.saving = null;
  }

  private async intervalPassed(): Promise<boolean> {
    try {
      await this.options.clock.sleep(this.intervalMs, this.stop.signal);
      return true;
    } catch {
      // The only reason is our own abort.
      return false;
    }
  }

  private async save(): Promise<void> {
    this.changed = false;
    const startMs = this.options.clock.monotonicMs();
    try {
      await this.options.save();
    } catch (error) {
      this.options.onError(error);
    }
    const tookMs = this.options.clock.monotonicMs() - startMs;
    this.intervalMs = Math.max(minIntervalMs, tookMs / maxShareOfTime);
  }
}
