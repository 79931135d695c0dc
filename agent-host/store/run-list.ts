import { LruCache } from "../core/lru-cache.ts";
import type { BlobTexts } from "../protocol/blob.ts";
import { type TypedEntry, typedEntry } from "../protocol/events.ts";
import type { Entry } from "../protocol/journal.ts";
import type { RunSummary } from "../protocol/run.ts";
import { foldTypedEntry, summaryOf } from "../protocol/state/fold-run.ts";
import type { RunState } from "../protocol/state/schemas.ts";

/** States kept in memory; an older one is folded again from its entries when needed. */
const maxStates = 128;

/** A run in the list. Its title is read from the goal's blob only when somebody looks at it. */
export interface ListedRun {
  readonly summary: RunSummary;
  readonly goalBlob: string | null;
  readonly titled: boolean;
}

export interface RunListSources {
  /** Folds the entries of a run from the journal, up to its summary's last one. */
  replay(run: RunSummary): Promise<RunState | undefined>;
  /** The names and reasons an entry points to. */
  words(entry: Entry): BlobTexts | Promise<BlobTexts>;
}

/** Folds entries into the list of runs. Owns the list and the states being folded. */
export class RunList {
  private readonly runs = new Map<string, ListedRun>();
  private readonly states = new LruCache<string, RunState>(maxStates);
  private readonly sources: RunListSources;
  private folded: number;

  constructor(start: { foldedSeq: number; runs: readonly ListedRun[] }, sources: RunListSources) {
    this.folded = start.foldedSeq;
    for (const run of start.runs) this.runs.set(run.summary.runId, run);
    this.sources = sources;
  }

  get foldedSeq(): number {
    return this.folded;
  }

  get size(): number {
    return this.runs.size;
  }

  /** All runs, oldest first. */
  all(): ListedRun[] {
    return [...this.runs.values()];
  }

  get(runId: string): ListedRun | undefined {
    return this.runs.get(runId);
  }

  setTitle(runId: string, title: string): void {
    const run = this.runs.get(runId);
    if (run !== undefined) {
      this.runs.set(runId, { ...run, summary: { ...run.summary, title }, titled: true });
    }
  }

  /** Entries must come in order of `seq`. */
  async fold(entry: Entry): Promise<void> {
    if (entry.seq <= this.folded) return;
    const typed = entry.runId === null ? null : typedEntry(entry);
    if (typed !== null) await this.foldRun(typed);
    this.folded = entry.seq;
  }

  /** `fold` for an entry whose data was checked when it was appended. No promise where all it needs is in memory. */
  foldChecked(entry: Entry): Promise<void> | undefined {
    if (entry.seq <= this.folded) return undefined;
    const folding = this.foldRun(entry as TypedEntry);
    if (folding === undefined) this.folded = entry.seq;
    return folding?.then(() => {
      this.folded = entry.seq;
    });
  }

  /** The state of a listed run, without its goal's text. */
  async state(runId: string): Promise<RunState | undefined> {
    const known = this.states.get(runId);
    const run = this.runs.get(runId);
    if (known !== undefined || run === undefined) return known;
    const state = await this.sources.replay(run.summary);
    if (state !== undefined) this.states.set(runId, state);
    return state;
  }

  private foldRun(entry: TypedEntry): Promise<void> | undefined {
    const { runId } = entry;
    if (runId === null) return undefined;
    if (entry.type === "run.deleted") {
      this.runs.delete(runId);
      this.states.delete(runId);
      return undefined;
    }
    const before = this.states.get(runId);
    const words = this.sources.words(entry);
    const isAtHand = before !== undefined || !this.runs.has(runId);
    if (!isAtHand || words instanceof Promise) return this.foldLater(entry, runId, words);
    this.apply(runId, before, foldTypedEntry(before, entry, words));
    return undefined;
  }

  private async foldLater(
    entry: TypedEntry,
    runId: string,
    words: BlobTexts | Promise<BlobTexts>,
  ): Promise<void> {
    const before = await this.state(runId);
    this.apply(runId, before, foldTypedEntry(before, entry, await words));
  }

  private apply(runId: string, before: RunState | undefined, after: RunState | undefined): void {
    if (after === undefined || after === before) return;
    this.states.set(runId, after);
    const listed = this.runs.get(runId);
    const title = listed?.summary.title ?? "";
    this.runs.set(runId, {
      summary: { ...summaryOf(after), title },
      goalBlob: after.goalBlob,
      titled: listed?.titled ?? false,
    });
  }
}
