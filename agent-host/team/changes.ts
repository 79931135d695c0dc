import { HostError } from "../core/host-error.ts";
import type { ChangedFile } from "../protocol/change-set.ts";
import type { Store } from "../store/store.ts";
import type { RunTrees } from "../workspace/run-trees.ts";

export interface ChangesOptions {
  readonly store: Pick<Store, "runState">;
  /** The trees of a run, also of one that nobody works on. */
  treesOf(runId: string): RunTrees;
}

export interface ChangeDiff {
  /** Every file that differs, whatever `paths` says. */
  readonly files: readonly ChangedFile[];
  /** Unified diff of `paths`, or of all files, cut at `maxBytes`. */
  readonly diff: string;
}

/** What a run would change, or has changed: the difference between the tree it began with and the one it has now. */
export class Changes {
  private readonly options: ChangesOptions;

  constructor(options: ChangesOptions) {
    this.options = options;
  }

  /** @throws HostError `run.unknown`; `tree.*` when the run's trees are gone. */
  async diff(
    runId: string,
    given: { paths?: readonly string[]; maxBytes: number },
    signal: AbortSignal,
  ): Promise<ChangeDiff> {
    const state = await this.options.store.runState(runId);
    if (state === null) throw new HostError("run.unknown", `There is no run ${runId}`);
    const { baseTree, tree } = state;
    if (baseTree === null || tree === null || baseTree === tree) return { files: [], diff: "" };
    const trees = this.options.treesOf(runId);
    const files = await trees.changes(baseTree, tree, signal);
    return { files, diff: await trees.diff({ base: baseTree, tree, ...given }, signal) };
  }
}
