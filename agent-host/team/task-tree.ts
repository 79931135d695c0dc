import type { ChangeSet } from "../protocol/change-set.ts";
import type { RunTrees } from "../workspace/run-trees.ts";

/** The files one attempt of one task works on. Made at the first call that needs them: many tasks need none. */
export class TaskTree {
  /** What its changes are counted from. */
  readonly base: string;
  private readonly opens: string;
  private readonly trees: RunTrees;
  private readonly name: string;
  private opened: Promise<string> | null = null;
  private readonly signal: AbortSignal;

  /** `opens`: the tree whose files it begins with, where that is another than `base`. */
  constructor(trees: RunTrees, given: { base: string; opens?: string; name: string; signal: AbortSignal }) {
    this.trees = trees;
    this.opens = given.opens ?? given.base;
    this.base = given.base;
    this.name = given.name;
    this.signal = given.signal;
  }

  async folder(): Promise<string> {
    this.opened ??= this.trees.openTaskTree({ name: this.name, tree: this.opens }, this.signal);
    return await this.opened;
  }

  /** What the task changed; null if it changed nothing. `mayExist`: an earlier host may have opened it. */
  async collect(
    given: { taskId: string; changeSetId: string; mayExist: boolean },
    signal: AbortSignal,
  ): Promise<ChangeSet | null> {
    if (this.opened === null && !given.mayExist) return null;
    const { taskId, changeSetId } = given;
    return await this.trees.collect(
      { taskId, changeSetId, folder: await this.folder(), base: this.base },
      signal,
    );
  }
}
