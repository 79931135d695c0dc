import { isHostError } from "../core/host-error.ts";
import { LruCache } from "../core/lru-cache.ts";
import type { ChangedFile, ChangeSummary } from "../protocol/change-set.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { Store } from "../store/store.ts";
import type { FileChange, RunTrees } from "../workspace/run-trees.ts";
import { noChange } from "./change-refusals.ts";
import { unknownRun } from "./run-logs.ts";

export interface ChangeReaderOptions {
  readonly store: Pick<Store, "runState" | "listRuns">;
  /** The trees of a run, also of one that nobody works on. */
  treesOf(runId: string): RunTrees;
}

export interface ChangeDiff {
  /** Every file that differs, whatever `paths` says. */
  readonly files: readonly ChangedFile[];
  /** Unified diff of `paths`, or of all files, cut at `maxBytes`. */
  readonly diff: string;
}

interface Size {
  readonly files: number;
  readonly added: number;
  readonly removed: number;
}

const maxRuns = 1_000;
const atOnce = 4;

/** Reads changes: the difference between the tree a run began with and the one it has now. Writes nothing. */
export class ChangeReader {
  private readonly options: ChangeReaderOptions;
  /** Trees never change, so neither does what lies between two of them. */
  private readonly sizes = new LruCache<string, Size>(maxRuns);

  constructor(options: ChangeReaderOptions) {
    this.options = options;
  }

  /** The changes of all runs that have one, newest run first. */
  async list({ limit }: { limit: number }, signal: AbortSignal): Promise<ChangeSummary[]> {
    const { runs } = await this.options.store.listRuns({ limit: maxRuns });
    const withTrees = runs.filter(({ provider }) => provider !== "offline");
    const found: ChangeSummary[] = [];
    for (let start = 0; start < withTrees.length && found.length < limit; start += atOnce) {
      const some = withTrees.slice(start, start + atOnce);
      const summaries = await Promise.all(some.map(({ runId }) => this.summaryOf(runId, signal)));
      found.push(...summaries.filter((each) => each !== null));
    }
    return found.slice(0, limit);
  }

  /** @throws HostError `run.unknown`; `tree.*` when the run's trees are gone. */
  async diff(
    runId: string,
    given: { paths?: readonly string[]; maxBytes: number },
    signal: AbortSignal,
  ): Promise<ChangeDiff> {
    const change = changeOf(await this.stateOf(runId));
    if (change === null) return { files: [], diff: "" };
    const trees = this.options.treesOf(runId);
    const files = await trees.changes(change.base, change.tree, signal);
    return { files, diff: await trees.diff({ ...change, ...given }, signal) };
  }

  /** @throws HostError `run.unknown`, `change.none`, `change.unknownPart`; `tree.*` as `diff`. */
  async file(runId: string, path: string, signal: AbortSignal): Promise<FileChange & { tree: string }> {
    const change = changeOf(await this.stateOf(runId));
    if (change === null) throw noChange(runId);
    const found = await this.options.treesOf(runId).fileChange({ ...change, path }, signal);
    return { tree: change.tree, ...found };
  }

  /** null where the run changes nothing. @throws HostError `run.unknown`. */
  async summary(runId: string, signal: AbortSignal): Promise<ChangeSummary | null> {
    return await this.summarised(await this.stateOf(runId), signal);
  }

  private async summaryOf(runId: string, signal: AbortSignal): Promise<ChangeSummary | null> {
    const state = await this.options.store.runState(runId);
    // It was deleted meanwhile.
    return state === null ? null : await this.summarised(state, signal);
  }

  private async summarised(state: RunState, signal: AbortSignal): Promise<ChangeSummary | null> {
    const change = changeOf(state);
    if (change === null) return null;
    const { runId, title, appliedTree, undone, changeSince, createdAt } = state;
    const size = await this.sizeOf(state, change, signal);
    const how = appliedTree !== null ? "applied" : undone ? "undone" : "proposed";
    return { runId, title, state: how, since: changeSince ?? createdAt, ...size, tree: change.tree };
  }

  private async sizeOf(
    state: RunState,
    { base, tree }: { base: string; tree: string },
    signal: AbortSignal,
  ): Promise<Size> {
    const key = `${state.runId} ${base} ${tree}`;
    const known = this.sizes.get(key);
    if (known !== undefined) return known;
    try {
      const files = await this.options.treesOf(state.runId).changes(base, tree, signal);
      const size = { files: files.length, added: sum(files, "added"), removed: sum(files, "removed") };
      this.sizes.set(key, size);
      return size;
    } catch (error) {
      if (!isHostError(error)) throw error;
      // Trees that are gone must not hide the other changes: what was journaled is close to it.
      const sets = Object.values(state.changeSets).filter(({ taskId, merged }) => taskId !== null && merged);
      return { files: sum(sets, "fileCount"), added: sum(sets, "added"), removed: sum(sets, "removed") };
    }
  }

  private async stateOf(runId: string): Promise<RunState> {
    const state = await this.options.store.runState(runId);
    if (state === null) throw unknownRun(runId);
    return state;
  }
}

/** Both ends of a run's change; null where it has none. */
export function changeOf({
  baseTree,
  tree,
}: Pick<RunState, "baseTree" | "tree">): { base: string; tree: string } | null {
  return baseTree === null || tree === null || baseTree === tree ? null : { base: baseTree, tree };
}

function sum<K extends string>(items: readonly { readonly [P in K]: number | null }[], key: K): number {
  return items.reduce((total, item) => total + (item[key] ?? 0), 0);
}
