import type { Disposable } from "../core/disposable.ts";
import { HostError } from "../core/host-error.ts";
import { LruCache } from "../core/lru-cache.ts";
import type { BlobStore } from "../journal/blob-store.ts";
import type { Journal } from "../journal/journal.ts";
import { type BlobRef, type BlobTexts, blobRefsIn, maxTextBytes } from "../protocol/blob.ts";
import type { EventDraft, TypedEntry } from "../protocol/events.ts";
import type { RunId } from "../protocol/ids.ts";
import type { Entry } from "../protocol/journal.ts";
import { foldTypedEntry } from "../protocol/state/fold-run.ts";
import type { RunState } from "../protocol/state/schemas.ts";

export interface RunLogOptions {
  readonly runId: RunId;
  readonly journal: Pick<Journal, "append" | "subscribe">;
  readonly blobs: Pick<BlobStore, "put" | "get">;
  /** What is known of the run so far; undefined for a new one. */
  readonly state: RunState | undefined;
  /** Entries that became durable after `state` was looked up, in order; those it holds are passed over. */
  readonly meanwhile?: readonly Entry[];
  /** Takes secrets out of words before they are kept. */
  readonly redact?: (text: string) => string;
  /** Ends with the host, not with the run: a cancelled run still writes its end. */
  readonly signal: AbortSignal;
}

/** Room for the texts of the largest plan that rules allow (1,000 tasks), journaled as a whole. */
const maxTexts = 2_000;

/** One run's part of the journal, and its state folded from exactly what is durable, whoever wrote it. */
export class RunLog implements Disposable {
  readonly runId: RunId;
  private readonly options: RunLogOptions;
  /** Words that were kept and not yet pointed to by an entry; `reduceRun` wants them beside it. */
  private readonly texts = new LruCache<string, string>(maxTexts);
  /** By task: entries on their way that nobody has waited for. */
  private readonly soon = new Map<string, Promise<void>>();
  private readonly watchers = new Set<() => void>();
  private readonly subscription: Disposable;
  private folded: RunState | undefined;

  constructor(options: RunLogOptions) {
    this.runId = options.runId;
    this.options = options;
    this.folded = options.state;
    // Entries come in order and before the append that wrote them resolves.
    this.subscription = options.journal.subscribe((entry) => {
      if (entry.runId === this.runId) this.fold(entry);
    });
    for (const entry of options.meanwhile ?? []) this.fold(entry);
  }

  /** @throws HostError `run.notCreated` before the first `run.created`. */
  get state(): RunState {
    if (this.folded === undefined)
      throw new HostError("run.notCreated", `${this.runId} has no first entry yet`);
    return this.folded;
  }

  /**
   * Resolves when the entries are durable; only then they are part of `state`.
   *
   * @throws what `journal.append` throws, for these entries or for those that `recordSoon` was given for their tasks.
   */
  async record(drafts: readonly EventDraft[]): Promise<Entry[]> {
    const appended = this.append(drafts);
    const earlier = drafts.flatMap(({ taskId }) => this.soon.get(taskId ?? "") ?? []);
    if (earlier.length === 0) return await appended;
    const [entries] = await Promise.all([appended, ...earlier]);
    return entries;
  }

  /**
   * Adds entries of one task without waiting for the disk: the next `record` for it comes after them in the journal, often
   * within the same write, and waits for both. For what nobody acts on before that.
   */
  recordSoon(taskId: string, drafts: readonly EventDraft[]): void {
    const appended = Promise.all([this.soon.get(taskId), this.append(drafts)]).then(() => undefined);
    this.soon.set(taskId, appended);
    // One that failed stays, for whoever records next.
    appended.then(
      () => {
        if (this.soon.get(taskId) === appended) this.soon.delete(taskId);
      },
      () => undefined,
    );
  }

  private append(drafts: readonly EventDraft[]): Promise<Entry[]> {
    return this.options.journal.append(
      drafts.map((draft) => ({ ...draft, runId: this.runId })),
      this.options.signal,
    );
  }

  /**
   * Resolves with what `look` makes of the first state, now or later, of which it makes something.
   *
   * @throws the signal's reason when it aborts, and what `look` throws.
   */
  async until<T>(look: (state: RunState) => T | null, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const now = look(this.state);
    if (now !== null) return now;
    return await new Promise<T>((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.watchers.delete(watch);
        signal.removeEventListener("abort", onAbort);
        act();
      };
      const watch = (): void => {
        try {
          const found = look(this.state);
          if (found !== null) settle(() => resolve(found));
        } catch (error) {
          // Whoever waits gets it; the other watchers still hear of the entry.
          settle(() => reject(error));
        }
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      this.watchers.add(watch);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Keeps words out of the journal, without the secrets in them: the blob is durable when this resolves. */
  async keep(given: string): Promise<BlobRef> {
    const content = this.redacted(given);
    const ref = await this.options.blobs.put(this.runId, content, this.options.signal);
    if (ref.size <= maxTextBytes) this.texts.set(ref.blob, content);
    return ref;
  }

  /** A value as it is kept, without secrets: what is signed must be what whoever signs is shown. */
  asKept<T>(value: T): T {
    const text = JSON.stringify(value);
    const kept = this.redacted(text);
    return kept === text ? value : (JSON.parse(kept) as T);
  }

  async recall(name: string): Promise<string> {
    const known = this.texts.get(name);
    if (known !== undefined) return known;
    return (await this.options.blobs.get(this.runId, name, this.options.signal)).toString("utf8");
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private redacted(text: string): string {
    return this.options.redact?.(text) ?? text;
  }

  private fold(entry: Entry): void {
    // The journal has checked it against its type when it was appended.
    this.folded = foldTypedEntry(this.folded, entry as TypedEntry, this.textsOf(entry));
    for (const watch of [...this.watchers]) watch();
  }

  private textsOf(entry: Entry): BlobTexts {
    const pairs = blobRefsIn(entry.data).flatMap(({ blob }) => {
      const text = this.texts.get(blob);
      return text === undefined ? [] : [[blob, text]];
    });
    return Object.fromEntries(pairs);
  }
}
