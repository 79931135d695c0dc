import type { Clock } from "../core/clock.ts";
import type { Disposable } from "../core/disposable.ts";
import { HostError } from "../core/host-error.ts";
import type { Journal, JournalSource } from "../journal/journal.ts";
import type { Entry } from "../protocol/journal.ts";
import type { DeliveredEntry } from "../protocol/methods.ts";
import type { RunSummary } from "../protocol/run.ts";
import { reduceRun, titleOf } from "../protocol/state/run-reducer.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { blobText, entryTexts, entryWords, type TextBlobs } from "./entry-texts.ts";
import { type ListedRun, RunList } from "./run-list.ts";
import { RunListFile } from "./run-list-file.ts";
import { RunListSaver } from "./run-list-saver.ts";
import type { Store } from "./store.ts";

/** Entries read from the journal at one time. */
const pageEntries = 5_000;
/** Entries kept until somebody asks; where there are more, they are read from the journal. */
const maxFresh = 2_000;

export interface StoreOptions<Source extends JournalSource> {
  readonly journal: Source;
  readonly blobs: TextBlobs;
  /** The workspace's state folder. */
  readonly directory: string;
  /** Whether a live host works on a run. One without an end that nobody works on is `interrupted`. */
  readonly isLive: (runId: string) => boolean;
}

/** The host's store: follows the journal and keeps `views/runs.json`, written at most once a second. */
export function createStore(
  options: StoreOptions<Journal> & {
    readonly clock: Clock;
    /** Gets why the view could not be saved; it is tried again with the next change. */
    readonly onError: (error: unknown) => void;
  },
): Store {
  const file = new RunListFile(options.directory);
  const store = new JournalStore(options, file);
  const saver = new RunListSaver({
    clock: options.clock,
    save: async () => file.save(await store.view()),
    onError: options.onError,
  });
  store.follow(
    saver,
    options.journal.subscribe((entry) => {
      store.hear(entry);
      saver.noteChange();
    }),
  );
  return store;
}

/** A store for commands that run beside a live host, or without one: writes nothing. */
export function createReadOnlyStore(options: StoreOptions<JournalSource>): Store {
  return new JournalStore(options, new RunListFile(options.directory));
}

class JournalStore implements Store {
  private readonly options: StoreOptions<JournalSource>;
  private readonly file: RunListFile;
  private list: Promise<RunList> | null = null;
  private journalStart = "";
  /** Folding goes one after the other: two at once would fold an entry twice. */
  private turn: Promise<unknown> = Promise.resolve();
  private readonly closing = new AbortController();
  /** What became durable since somebody asked, in order. Reading it back takes ten times as long. */
  private fresh: Entry[] = [];
  private saver: RunListSaver | null = null;
  private subscription: Disposable | null = null;

  constructor(options: StoreOptions<JournalSource>, file: RunListFile) {
    this.options = options;
    this.file = file;
  }

  follow(saver: RunListSaver, subscription: Disposable): void {
    this.saver = saver;
    this.subscription = subscription;
  }

  hear(entry: Entry): void {
    if (this.fresh.length >= maxFresh) this.fresh = [];
    this.fresh.push(entry);
  }

  async listRuns(query: { limit: number }): Promise<{ runs: RunSummary[]; total: number }> {
    return await this.inTurn(async (list) => {
      const newest = list
        .all()
        .sort((a, b) => b.summary.firstSeq - a.summary.firstSeq)
        .slice(0, Math.max(0, query.limit));
      const runs: RunSummary[] = [];
      for (const run of newest) runs.push(this.withLiveness(await this.titled(list, run)));
      return { runs, total: list.size };
    });
  }

  async runState(runId: string): Promise<RunState | null> {
    return await this.inTurn(async (list) => {
      const state = await list.state(runId);
      return state === undefined ? null : this.withLiveness(await this.withGoal(state));
    });
  }

  delivered(entry: Entry): DeliveredEntry | Promise<DeliveredEntry> {
    const texts = entryTexts(entry, this.options.blobs, this.closing.signal);
    return texts instanceof Promise ? texts.then((read) => ({ entry, texts: read })) : { entry, texts };
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.subscription?.dispose();
    await this.saver?.close();
    this.closing.abort(new HostError("store.closed", "The store is closed"));
    // What failed in its turn was told to whoever asked.
    await this.turn.catch(() => undefined);
  }

  /** The list with everything that is durable now, for the file. */
  async view(): Promise<{ foldedSeq: number; journalStart: string; runs: ListedRun[] }> {
    return await this.inTurn(async (list) => ({
      foldedSeq: list.foldedSeq,
      journalStart: this.journalStart,
      runs: list.all(),
    }));
  }

  private inTurn<T>(ask: (list: RunList) => Promise<T>): Promise<T> {
    const answer = this.turn.then(async () => {
      this.closing.signal.throwIfAborted();
      return await ask(await this.current());
    });
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  private async current(): Promise<RunList> {
    this.list ??= this.start();
    try {
      const list = await this.list;
      await this.catchUp(list);
      return list;
    } catch (error) {
      // Begin anew with the next question; a list folded halfway is of no use.
      this.list = null;
      throw error;
    }
  }

  private async start(): Promise<RunList> {
    const { journal } = this.options;
    const [first] = await journal.read({ limit: 1 }, this.closing.signal);
    this.journalStart = first?.time ?? "";
    const saved = await this.file.load();
    const usable = saved?.journalStart === this.journalStart && saved.foldedSeq <= journal.head.seq;
    if (!usable) this.saver?.noteChange();
    return new RunList(usable ? saved : { foldedSeq: 0, runs: [] }, {
      replay: (run) => this.replay(run),
      words: (entry) => entryWords(entry, this.options.blobs, this.closing.signal),
    });
  }

  private async catchUp(list: RunList): Promise<void> {
    const { journal } = this.options;
    for (;;) {
      for (const entry of this.takeFresh(list.foldedSeq)) {
        const folding = list.foldChecked(entry);
        if (folding !== undefined) await folding;
      }
      if (this.subscription !== null && list.foldedSeq === journal.head.seq) return;
      const page = await journal.read({ afterSeq: list.foldedSeq, limit: pageEntries }, this.closing.signal);
      for (const entry of page) await list.fold(entry);
      if (page.length < pageEntries) return;
    }
  }

  /** What was heard since `seq`; nothing where one is missing between. */
  private takeFresh(seq: number): Entry[] {
    const fresh = this.fresh.filter((entry) => entry.seq > seq);
    this.fresh = [];
    return fresh[0]?.seq === seq + 1 ? fresh : [];
  }

  private async replay({ runId, firstSeq, lastSeq }: RunSummary): Promise<RunState | undefined> {
    let state: RunState | undefined;
    for (let afterSeq = firstSeq - 1; ; ) {
      const query = { afterSeq, beforeSeq: lastSeq + 1, runId, limit: pageEntries };
      const page = await this.options.journal.read(query, this.closing.signal);
      for (const entry of page) {
        state = reduceRun(state, entry, await entryWords(entry, this.options.blobs, this.closing.signal));
      }
      const last = page.at(-1);
      if (last === undefined || page.length < pageEntries) return state;
      afterSeq = last.seq;
    }
  }

  private async titled(list: RunList, run: ListedRun): Promise<RunSummary> {
    const { summary, goalBlob, titled } = run;
    if (titled || goalBlob === null) return summary;
    const goal = await this.goal(summary.runId, goalBlob);
    // A goal that cannot be read now may be readable later: nothing is remembered then.
    if (goal === null) return summary;
    const title = titleOf(goal);
    list.setTitle(summary.runId, title);
    this.saver?.noteChange();
    return { ...summary, title };
  }

  private async withGoal(state: RunState): Promise<RunState> {
    if (state.goalBlob === null) return state;
    const goal = await this.goal(state.runId, state.goalBlob);
    return goal === null ? state : { ...state, goal, title: titleOf(goal) };
  }

  private async goal(runId: string, blob: string): Promise<string | null> {
    return await blobText(this.options.blobs, { runId, blob }, this.closing.signal);
  }

  private withLiveness<T extends RunSummary | RunState>(run: T): T {
    const { status, pauseCause } = run;
    const isStopped = pauseCause === null || pauseCause === "host" || pauseCause === "storage";
    // What a person paused, or has to answer first, is meant to stand still.
    const open = status === "running" || status === "waiting" || (status === "paused" && isStopped);
    return open && !this.options.isLive(run.runId) ? { ...run, status: "interrupted" } : run;
  }
}
