import type { EventDraft } from "../protocol/events.ts";
import type { Entry } from "../protocol/journal.ts";
import { type AppendQueue, queueFull } from "./append-queue.ts";
import type { EntryPreparer } from "./entry-preparer.ts";

/**
 * Checks drafts and puts them into the queue, in the order they came. The schemas are loaded with the first draft: a
 * host listens in half the time without them.
 */
export class DraftIntake {
  private preparer: EntryPreparer | null = null;
  private loading: Promise<EntryPreparer> | null = null;
  /** Calls that came before the schemas were there and are not in the queue yet. */
  private early = 0;
  private readonly workspaceId: string;
  private readonly queue: AppendQueue;
  private readonly maxEarly: number;

  constructor(options: { workspaceId: string; queue: AppendQueue; maxEarly: number }) {
    this.workspaceId = options.workspaceId;
    this.queue = options.queue;
    this.maxEarly = options.maxEarly;
  }

  /** Not async, as each promise costs at this rate. */
  append(drafts: readonly EventDraft[], signal: AbortSignal): Promise<Entry[]> {
    // A later call must not overtake the early ones, which go on one after the other.
    return this.preparer === null || this.early > 0
      ? this.appendEarly(drafts, signal)
      : this.enqueue(this.preparer, drafts, signal);
  }

  /** Resolves when every call so far is in the queue or refused. */
  async idle(): Promise<void> {
    // Why they could not be loaded stands in what the early calls got.
    await this.loading?.catch(() => undefined);
  }

  private async appendEarly(drafts: readonly EventDraft[], signal: AbortSignal): Promise<Entry[]> {
    if (this.early >= this.maxEarly) throw queueFull();
    this.early += 1;
    this.loading ??= this.load();
    try {
      this.preparer = await this.loading;
    } finally {
      this.early -= 1;
    }
    return await this.enqueue(this.preparer, drafts, signal);
  }

  private async load(): Promise<EntryPreparer> {
    const { EntryPreparer } = await import("./entry-preparer.ts");
    return new EntryPreparer(this.workspaceId);
  }

  private enqueue(
    preparer: EntryPreparer,
    drafts: readonly EventDraft[],
    signal: AbortSignal,
  ): Promise<Entry[]> {
    try {
      const prepared = drafts.map((draft) => preparer.prepare(draft));
      return this.queue.append(prepared, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
