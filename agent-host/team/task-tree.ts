import type { ChangeSet } from "../protocol/change-set.ts";
import type { RunTrees } from "../workspace/run-trees.ts";
import type { ReadTrees } from "./read-trees.ts";

export interface TaskTreeOptions {
  /** What its changes are counted from. */
  readonly base: string;
  /** The tree whose files it begins with, where that is another than `base`. */
  readonly opens?: string;
  readonly name: string;
  /** An earlier host may have opened it, and changed files in it. */
  readonly mayExist: boolean;
  readonly readTrees: ReadTrees;
  /** Makes a fresh folder ready for commands. */
  prepare(folder: string, signal: AbortSignal): Promise<void>;
  readonly signal: AbortSignal;
}

/** The files one attempt of one task works on. Its own tree is made at the first call that needs one: many need none. */
export class TaskTree {
  private readonly trees: RunTrees;
  private readonly options: TaskTreeOptions;
  private opened: Promise<string> | null = null;

  constructor(trees: RunTrees, options: TaskTreeOptions) {
    this.trees = trees;
    this.options = options;
  }

  get base(): string {
    return this.options.base;
  }

  /** Files to look at: its own once it has changed any, before that a folder that tasks share. */
  async readFolder(): Promise<string> {
    const { mayExist, readTrees, signal } = this.options;
    return this.opened === null && !mayExist
      ? await readTrees.folderOf(this.startsFrom, signal)
      : await this.folder();
  }

  async folder(): Promise<string> {
    this.opened ??= this.open();
    return await this.opened;
  }

  private async open(): Promise<string> {
    const { name, signal, prepare } = this.options;
    const folder = await this.trees.openTaskTree({ name, tree: this.startsFrom }, signal);
    await prepare(folder, signal);
    return folder;
  }

  /** What differs from `base`; null if nothing does. */
  async collect(
    given: { taskId: string; changeSetId: string },
    signal: AbortSignal,
  ): Promise<ChangeSet | null> {
    // One that begins with other files than it is counted from differs untouched.
    const { mayExist, opens } = this.options;
    if (this.opened === null && !mayExist && opens === undefined) return null;
    return await this.trees.collect({ ...given, folder: await this.folder(), base: this.base }, signal);
  }

  private get startsFrom(): string {
    return this.options.opens ?? this.options.base;
  }
}
