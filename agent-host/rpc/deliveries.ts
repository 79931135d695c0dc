import { type Disposable, disposable } from "../core/disposable.ts";
import { EventEmitter } from "../core/event-emitter.ts";
import type { JournalSource } from "../journal/journal.ts";
import type { Entry } from "../protocol/journal.ts";
import { type DeliveredEntry, maxReplayEntries } from "../protocol/methods.ts";

export interface DeliveriesOptions {
  readonly journal: JournalSource & { subscribe(listener: (entry: Entry) => void): Disposable };
  /** Adds the small texts an entry points to; no promise where they are at hand. */
  deliver(entry: Entry): DeliveredEntry | Promise<DeliveredEntry>;
  onError(error: unknown): void;
}

/** What a subscriber gets first: everything it missed, or that this is too much to replay. */
export type Start =
  | { readonly kind: "replay"; readonly entries: DeliveredEntry[]; readonly seq: number }
  | { readonly kind: "behind"; readonly seq: number };

export interface Subscription extends Disposable {
  /** Begins with the live entries; called once the start has been handed over. */
  begin(listener: (delivered: DeliveredEntry) => void): void;
}

/**
 * Turns durable entries into what clients get, once for all of them and in order, and lets each begin exactly
 * where its replay ends: no entry is missed, none comes twice.
 */
export class Deliveries implements Disposable {
  private readonly options: DeliveriesOptions;
  private readonly live: EventEmitter<DeliveredEntry>;
  private readonly source: Disposable;
  /** What came while texts of an earlier entry were being read. */
  private waiting: Entry[] = [];
  private draining: Promise<void> | null = null;

  constructor(options: DeliveriesOptions) {
    this.options = options;
    this.live = new EventEmitter(options.onError);
    this.source = options.journal.subscribe((entry) => this.hear(entry));
  }

  async subscribe(
    since: { seq: number; runId?: string },
    signal: AbortSignal,
  ): Promise<{ start: Start; subscription: Subscription }> {
    const { seq } = this.options.journal.head;
    const subscription = this.liveFrom(seq, since.runId);
    try {
      const start = await this.startOf(since, seq, signal);
      return { start, subscription };
    } catch (error) {
      subscription.dispose();
      throw error;
    }
  }

  /** Resolves when everything that is durable now was passed on. */
  async settled(): Promise<void> {
    await this.draining;
  }

  dispose(): void {
    this.source.dispose();
  }

  private hear(entry: Entry): void {
    if (this.draining !== null) {
      this.waiting.push(entry);
      return;
    }
    const passing = this.pass(entry);
    if (passing === undefined) return;
    this.draining = passing.then(() => this.drain());
  }

  private async drain(): Promise<void> {
    for (let at = 0; at < this.waiting.length; at += 1) {
      const entry = this.waiting[at];
      if (entry === undefined) continue;
      // So many wait only where the disk hardly answers: they go without their words.
      if (this.waiting.length - at > maxReplayEntries) this.live.emit({ entry, texts: {} });
      else await this.pass(entry);
    }
    this.waiting = [];
    this.draining = null;
  }

  /** No promise where nothing has to be waited for. Neither throws nor rejects. */
  private pass(entry: Entry): Promise<void> | undefined {
    try {
      const delivered = this.options.deliver(entry);
      if (delivered instanceof Promise) {
        return delivered.then(
          (read) => this.live.emit(read),
          (error) => this.passBare(entry, error),
        );
      }
      this.live.emit(delivered);
    } catch (error) {
      this.passBare(entry, error);
    }
    return undefined;
  }

  /** A blob that cannot be read must not hold up the entries: they go without their words. */
  private passBare(entry: Entry, error: unknown): void {
    this.options.onError(error);
    this.live.emit({ entry, texts: {} });
  }

  private liveFrom(seq: number, runId: string | undefined): Subscription {
    let waiting: DeliveredEntry[] = [];
    let listener: ((delivered: DeliveredEntry) => void) | null = null;
    const subscription = this.live.subscribe((delivered) => {
      const { entry } = delivered;
      if (entry.seq <= seq || (runId !== undefined && entry.runId !== runId)) return;
      if (listener !== null) listener(delivered);
      else if (waiting.length < maxReplayEntries) waiting.push(delivered);
    });
    return {
      begin(next) {
        for (const delivered of waiting) next(delivered);
        waiting = [];
        listener = next;
      },
      dispose: disposable(() => subscription.dispose()).dispose,
    };
  }

  private async startOf(
    since: { seq: number; runId?: string },
    seq: number,
    signal: AbortSignal,
  ): Promise<Start> {
    const query = { afterSeq: since.seq, beforeSeq: seq + 1, limit: maxReplayEntries + 1 };
    const missed = await this.options.journal.read(
      since.runId === undefined ? query : { ...query, runId: since.runId },
      signal,
    );
    if (missed.length > maxReplayEntries) return { kind: "behind", seq };
    const entries: DeliveredEntry[] = [];
    for (const entry of missed) entries.push(await this.options.deliver(entry));
    return { kind: "replay", entries, seq };
  }
}
