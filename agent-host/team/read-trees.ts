import type { RunTrees } from "../workspace/run-trees.ts";

/**
 * Folders that tasks only read: one for each tree, shared by all tasks that began on it. Most calls of agents are reads,
 * and a tree of their own for each task costs more than all of them.
 */
export class ReadTrees {
  private readonly trees: Pick<RunTrees, "openTaskTree">;
  private readonly folders = new Map<string, Promise<string>>();

  constructor(trees: Pick<RunTrees, "openTaskTree">) {
    this.trees = trees;
  }

  /** As many as the run has trees, of which each merge makes one. Waiting ends with the signal of whoever came first. */
  async folderOf(tree: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      const known = this.folders.get(tree);
      const opening = known ?? this.trees.openTaskTree({ name: `read-${tree.slice(0, 24)}`, tree }, signal);
      this.folders.set(tree, opening);
      try {
        return await opening;
      } catch (error) {
        if (this.folders.get(tree) === opening) this.folders.delete(tree);
        // Another task opened it and was cancelled.
        if (known === undefined) throw error;
      }
    }
  }
}
