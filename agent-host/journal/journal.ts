import type { Clock } from "../core/clock.ts";
import type { Disposable } from "../core/disposable.ts";
import { syncFolder } from "../core/durable-file.ts";
import { EventEmitter } from "../core/event-emitter.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor, Entry, Head } from "../protocol/journal.ts";
import { AppendQueue } from "./append-queue.ts";
import { ChainWriter } from "./chain-writer.ts";
import { DraftIntake } from "./draft-intake.ts";
import { ownEntry } from "./entry-line.ts";
import type { EntryReader, JournalQuery } from "./entry-reader.ts";
import { HeadKeeper } from "./head-file.ts";
import { isFinal, type JournalState, refusal } from "./journal-state.ts";
import { nodeSegmentFiles, type SegmentFiles } from "./segment-files.ts";
import { type Takeover, type TakeoverOptions, takeOver } from "./takeover.ts";

/** What reads entries: the host's own journal, or the files beside a live host. */
export interface JournalSource {
  /** The last entry known to be durable. `seq` 0 for an empty journal. */
  readonly head: Head;
  /**
   * Entries that fit `query`, upcast to today's versions.
   *
   * @throws HostError `journal.damaged` if a line within the range is no entry.
   */
  read(query: JournalQuery, signal: AbortSignal): Promise<Entry[]>;
}

/** The one journal of a workspace, opened for writing by its host. */
export interface Journal extends JournalSource {
  readonly workspaceId: string;
  readonly state: JournalState;
  /**
   * Adds entries, side by side, and resolves when they are durable. Waiting appends share one write and one
   * fdatasync. An abort takes effect only while the append waits; once its write began the outcome is awaited.
   *
   * @throws HostError `journal.invalid`, `journal.tooLarge`, `journal.queueFull`, `journal.full`,
   * `journal.writeFailed`, `journal.fenced` or `journal.closed`; then no entry of this call was acknowledged.
   */
  append(drafts: readonly EventDraft[], signal: AbortSignal): Promise<Entry[]>;
  /** Calls `listener` for each later entry, in order, once it is durable and before its append resolves. */
  subscribe(listener: (entry: Entry) => void): Disposable;
  /** Writes what waits, `host.stopped` and `head.json`. Does nothing the second time. Never rejects. */
  close(reason: string): Promise<void>;
}

export interface JournalLimits {
  /** Entries that may wait for the disk at one time. */
  readonly waitingEntries: number;
  /** Entries in one write, about. */
  readonly batchEntries: number;
  /** Size at which the next segment begins. */
  readonly segmentBytes: number;
}

export interface OpenJournalOptions extends TakeoverOptions {
  /** The workspace's state folder, which holds `journal/` and `head.json`. */
  readonly directory: string;
  /** Who stands in the entries about the host itself. */
  readonly actor: Actor;
  readonly clock: Clock;
  /** Gets what a subscriber throws, and why a `head.json` could not be written. */
  readonly onListenerError: (error: unknown) => void;
  readonly limits?: Partial<JournalLimits>;
  readonly files?: SegmentFiles;
}

const defaultLimits: JournalLimits = {
  waitingEntries: 10_000,
  batchEntries: 1_000,
  segmentBytes: 16 * 1_024 * 1_024,
};

/**
 * Takes over a workspace's journal: creates the next segment, which fences any older host, then writes
 * `host.started` (after `journal.created` the first time).
 *
 * @throws HostError `journal.newerFormat` if a newer release wrote it; `journal.damaged` if acknowledged entries at
 * its end are missing or changed, or it belongs to another workspace; what `append` throws if the first entries
 * cannot be written.
 */
export async function openJournal(options: OpenJournalOptions): Promise<Journal> {
  const files = options.files ?? nodeSegmentFiles;
  const takeover = await takeOver(options, files);
  const journal = new SegmentJournal(options, files, takeover);
  try {
    await journal.begin(takeover);
  } catch (error) {
    await journal.abandon();
    throw error;
  }
  return journal;
}

class SegmentJournal implements Journal {
  readonly workspaceId: string;
  private closing: Promise<void> | null = null;
  /** Null until something is read: a host listens sooner without it. */
  private reader: Promise<EntryReader> | null = null;
  private readonly actor: Actor;
  private readonly folder: string;
  private readonly writer: ChainWriter;
  private readonly queue: AppendQueue;
  private readonly intake: DraftIntake;
  private readonly heads: HeadKeeper;
  private readonly durable: EventEmitter<Entry>;

  constructor(options: OpenJournalOptions, files: SegmentFiles, takeover: Takeover) {
    const { clock, directory, onListenerError } = options;
    const limits = { ...defaultLimits, ...options.limits };
    this.workspaceId = options.workspaceId;
    this.actor = options.actor;
    this.folder = takeover.folder;
    this.writer = new ChainWriter({ ...takeover, files, clock, segmentBytes: limits.segmentBytes });
    this.queue = new AppendQueue(limits, (batch) => this.commit(batch));
    const { workspaceId, queue } = this;
    this.intake = new DraftIntake({ workspaceId, queue, maxEarly: limits.waitingEntries });
    this.heads = new HeadKeeper({ directory, clock, onError: onListenerError });
    this.durable = new EventEmitter(onListenerError);
  }

  get state(): JournalState {
    return this.writer.currentState;
  }

  get head(): Head {
    const { seq, hash } = this.writer.head;
    return { seq, hash };
  }

  append(drafts: readonly EventDraft[], signal: AbortSignal): Promise<Entry[]> {
    if (this.closing !== null) return Promise.reject(refusal({ kind: "closed" }));
    if (isFinal(this.state)) return Promise.reject(refusal(this.state));
    return this.intake.append(drafts, signal);
  }

  async read(query: JournalQuery, signal: AbortSignal): Promise<Entry[]> {
    this.reader ??= this.openReader();
    return await (await this.reader).read(query, signal);
  }

  subscribe(listener: (entry: Entry) => void): Disposable {
    return this.durable.subscribe(listener);
  }

  close(reason: string): Promise<void> {
    this.closing ??= this.finish(reason);
    return this.closing;
  }

  /** Writes what stands first in the own segment. */
  async begin({ openingEntries }: Takeover): Promise<void> {
    await this.queue.append(openingEntries, neverAborted());
  }

  /** Gives up the own segment without a word in it. */
  async abandon(): Promise<void> {
    await this.heads.close({ writeLast: false });
    await this.writer.close();
  }

  private async openReader(): Promise<EntryReader> {
    const { openEntryReader } = await import("./entry-reader.ts");
    return openEntryReader(this.folder, () => this.writer.position);
  }

  private async commit(batch: Parameters<ChainWriter["commit"]>[0]): Promise<Entry[]> {
    const entries = await this.writer.commit(batch);
    this.heads.note(this.head);
    for (const entry of entries) this.durable.emit(entry);
    return entries;
  }

  private async finish(reason: string): Promise<void> {
    await this.intake.idle();
    await this.queue.idle();
    const data = { reason: reason.slice(0, 200) };
    try {
      const stopped = ownEntry(this.workspaceId, { type: "host.stopped", actor: this.actor, data });
      await this.queue.append([stopped], neverAborted());
    } catch {
      // Fenced, full or failed: the journal ends without the word, as after a crash.
    }
    // A fenced host must not touch the head: it is the newer host's.
    await this.heads.close({ writeLast: this.state.kind !== "fenced" });
    await this.writer.close();
    await syncFolder(this.folder);
  }
}

/** For the few entries whose writing nobody may give up. */
function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
