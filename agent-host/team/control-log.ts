import type { Disposable } from "../core/disposable.ts";
import type { Journal } from "../journal/journal.ts";
import { type TypedEntry, typedEntry } from "../protocol/events.ts";
import { controlTypes, emptyControl, foldControl } from "../protocol/state/fold-control.ts";
import type { ControlState } from "../protocol/state/schemas.ts";

const pageEntries = 5_000;

/**
 * What holds for the whole workspace: approvers, trust, requests that belong to no run. Folded from the journal when
 * it is first asked for, and followed from then on.
 */
export class ControlLog implements Disposable {
  private readonly journal: Pick<Journal, "read" | "subscribe">;
  private readonly closing = new AbortController();
  private state: ControlState = emptyControl;
  private loading: Promise<void> | null = null;
  private subscription: Disposable | null = null;

  constructor(journal: Pick<Journal, "read" | "subscribe">) {
    this.journal = journal;
  }

  /** @throws HostError `journal.damaged` when the journal cannot be read. */
  async current(): Promise<ControlState> {
    this.loading ??= this.load();
    try {
      await this.loading;
    } catch (error) {
      // The next question begins anew.
      this.loading = null;
      this.subscription?.dispose();
      throw error;
    }
    return this.state;
  }

  dispose(): void {
    this.closing.abort();
    this.subscription?.dispose();
  }

  private async load(): Promise<void> {
    const early: TypedEntry[] = [];
    let isLoaded = false;
    this.subscription = this.journal.subscribe((entry) => {
      if (!(controlTypes as readonly string[]).includes(entry.type)) return;
      const typed = typedEntry(entry);
      if (typed === null) return;
      if (isLoaded) this.state = foldControl(this.state, typed);
      else early.push(typed);
    });
    const known = (await Promise.all(controlTypes.map((type) => this.readAll(type)))).flat();
    this.state = emptyControl;
    for (const entry of [...known, ...early].sort((a, b) => a.seq - b.seq)) {
      this.state = foldControl(this.state, entry);
    }
    isLoaded = true;
  }

  private async readAll(type: string): Promise<TypedEntry[]> {
    const found: TypedEntry[] = [];
    for (let afterSeq = 0; ; ) {
      const query = { afterSeq, type, limit: pageEntries };
      const page = await this.journal.read(query, this.closing.signal);
      for (const entry of page) {
        const typed = typedEntry(entry);
        if (typed !== null) found.push(typed);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < pageEntries) return found;
      afterSeq = last.seq;
    }
  }
}
