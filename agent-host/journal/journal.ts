import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Disposable } from "../core/disposable.ts";
import { makePrivateFolder, syncFolder } from "../core/durable-file.ts";
import { EventEmitter } from "../core/event-emitter.ts";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import type { EventData, EventDraft } from "../protocol/events.ts";
import { type Actor, type Entry, type Head, journalFormat, zeroHash } from "../protocol/journal.ts";
import { type AcceptedTail, findAcceptedTail } from "./accepted-tail.ts";
import { AppendQueue } from "./append-queue.ts";
import { type ChainEnd, ChainWriter } from "./chain-writer.ts";
import { prepareEntry } from "./entry-line.ts";
import { EntryReader, type JournalQuery } from "./entry-reader.ts";
import { HeadKeeper, readHead, removeHeadLeftovers } from "./head-file.ts";
import { readJournalFormat } from "./journal-format.ts";
import { isFinal, type JournalState, refusal } from "./journal-state.ts";
import { SegmentCatalog } from "./segment-catalog.ts";
import { nodeSegmentFiles, type SegmentFile, type SegmentFiles } from "./segment-files.ts";
import { journalFolder, listSegments, segmentName } from "./segment-name.ts";
import { shippedUpcasters } from "./upcast.ts";

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

export interface OpenJournalOptions {
  /** The workspace's state folder, which holds `journal/` and `head.json`. */
  readonly directory: string;
  readonly workspaceId: string;
  readonly clock: Clock;
  readonly host: {
    readonly version: string;
    readonly pid: number;
    readonly mode: EventData<"host.started">["mode"];
  };
  /** Who stands in the entries about the host itself. */
  readonly actor: Actor;
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
  const folder = journalFolder(options.directory);
  await makePrivateFolder(options.directory);
  await makePrivateFolder(folder);
  await refuseUnusable(options, folder);
  const files = options.files ?? nodeSegmentFiles;
  const { segment, file } = await createNextSegment(folder, files);
  await syncFolder(folder);
  // Invariant: only now, with the fence in place, is the end of the journal certain.
  const tail = await readTail(options, folder, segment);
  const journal = new SegmentJournal(options, { folder, files, file, segment, end: chainEnd(tail) });
  try {
    await journal.append(openingEvents(options, segment, tail), neverAborted());
  } catch (error) {
    await journal.abandon();
    throw error;
  }
  return journal;
}

async function refuseUnusable(options: OpenJournalOptions, folder: string): Promise<void> {
  const format = await readJournalFormat(folder);
  if (format !== null && format > journalFormat) {
    throw new HostError(
      "journal.newerFormat",
      `The journal has format ${format}; this release writes ${journalFormat}`,
      {
        hint: "Use the newer release; this one can only read the journal",
      },
    );
  }
  // Looked at once without a segment of our own, so that a host that keeps failing here leaves no trail of files.
  await readTail(options, folder, Number.POSITIVE_INFINITY);
  await removeHeadLeftovers(options.directory);
}

async function createNextSegment(
  folder: string,
  files: SegmentFiles,
): Promise<{ segment: number; file: SegmentFile }> {
  for (;;) {
    const segment = ((await listSegments(folder)).at(-1) ?? 0) + 1;
    try {
      return { segment, file: await files.create(join(folder, segmentName(segment))) };
    } catch (error) {
      // Another host was faster, or the one we fence has just rolled: take the one after.
      if (systemErrorCode(error) !== "EEXIST") throw error;
    }
  }
}

async function readTail(
  options: OpenJournalOptions,
  folder: string,
  below: number,
): Promise<AcceptedTail | null> {
  const segments = (await listSegments(folder)).filter((segment) => segment < below);
  const onDisk = await readHead(options.directory);
  const tail = await findAcceptedTail(folder, segments, onDisk.kind === "present" ? onDisk.head : null);
  if (tail !== null && tail.last.entry.workspaceId !== options.workspaceId) {
    throw new HostError("journal.damaged", "The journal belongs to another workspace", {
      hint: "Run `agent-team audit verify`; move the journal folder away to start a new one",
    });
  }
  return tail;
}

function chainEnd(tail: AcceptedTail | null): ChainEnd {
  if (tail === null) return { seq: 0, hash: zeroHash, timeMs: 0 };
  const { entry, hash } = tail.last;
  return { seq: entry.seq, hash, timeMs: Date.parse(entry.time) };
}

function openingEvents(
  options: OpenJournalOptions,
  segment: number,
  tail: AcceptedTail | null,
): EventDraft[] {
  const { actor, host, workspaceId } = options;
  const started: EventDraft = {
    type: "host.started",
    actor,
    data: {
      hostVersion: host.version,
      pid: host.pid,
      mode: host.mode,
      segment: segmentName(segment),
      previous:
        tail === null
          ? null
          : {
              segment: segmentName(tail.segment),
              acceptedBytes: tail.acceptedBytes,
              fencedBytes: tail.fencedBytes,
            },
    },
  };
  if (tail !== null) return [started];
  return [{ type: "journal.created", actor, data: { format: journalFormat, workspaceId } }, started];
}

class SegmentJournal implements Journal {
  readonly workspaceId: string;
  private closing: Promise<void> | null = null;
  private readonly actor: Actor;
  private readonly folder: string;
  private readonly writer: ChainWriter;
  private readonly queue: AppendQueue;
  private readonly heads: HeadKeeper;
  private readonly reader: EntryReader;
  private readonly durable: EventEmitter<Entry>;

  constructor(
    options: OpenJournalOptions,
    own: { folder: string; files: SegmentFiles; file: SegmentFile; segment: number; end: ChainEnd },
  ) {
    const { clock, directory, onListenerError } = options;
    const limits = { ...defaultLimits, ...options.limits };
    this.workspaceId = options.workspaceId;
    this.actor = options.actor;
    this.folder = own.folder;
    this.writer = new ChainWriter({ ...own, clock, segmentBytes: limits.segmentBytes });
    this.queue = new AppendQueue(limits, (batch) => this.commit(batch));
    this.heads = new HeadKeeper({ directory, clock, onError: onListenerError });
    const catalog = new SegmentCatalog(own.folder, () => this.writer.position);
    this.reader = new EntryReader(catalog, shippedUpcasters);
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
    return this.enqueue(drafts, signal);
  }

  read(query: JournalQuery, signal: AbortSignal): Promise<Entry[]> {
    return this.reader.read(query, signal);
  }

  subscribe(listener: (entry: Entry) => void): Disposable {
    return this.durable.subscribe(listener);
  }

  close(reason: string): Promise<void> {
    this.closing ??= this.finish(reason);
    return this.closing;
  }

  /** Gives up the own segment without a word in it. */
  async abandon(): Promise<void> {
    await this.heads.close({ writeLast: false });
    await this.writer.close();
  }

  private enqueue(drafts: readonly EventDraft[], signal: AbortSignal): Promise<Entry[]> {
    try {
      const prepared = drafts.map((draft) => prepareEntry(draft, this.workspaceId));
      return this.queue.append(prepared, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private async commit(batch: Parameters<ChainWriter["commit"]>[0]): Promise<Entry[]> {
    const entries = await this.writer.commit(batch);
    this.heads.note(this.head);
    for (const entry of entries) this.durable.emit(entry);
    return entries;
  }

  private async finish(reason: string): Promise<void> {
    await this.queue.idle();
    const stopped: EventDraft = {
      type: "host.stopped",
      actor: this.actor,
      data: { reason: reason.slice(0, 200) },
    };
    try {
      await this.enqueue([stopped], neverAborted());
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
