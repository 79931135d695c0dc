import type { ChangedFile, ChangeSet } from "../protocol/change-set.ts";
import type { TreeHash } from "../protocol/ids.ts";

export interface MergedTree {
  readonly kind: "merged";
  readonly tree: TreeHash;
}

export interface MergeConflict {
  readonly kind: "conflict";
  readonly files: readonly string[];
}

/** One file of an apply: from what must stand in the workspace to what shall. Digests are SHA-256 of the bytes. */
export interface ApplyStep {
  readonly path: string;
  /** null: there must be no file. */
  readonly before: string | null;
  /** null: the file is deleted. */
  readonly after: string | null;
  readonly mode: "100644" | "100755" | "120000" | null;
  /** Name of the new content in the shadow repository; null when deleted. */
  readonly content: string | null;
}

export interface ApplyPlan {
  readonly base: TreeHash;
  readonly tree: TreeHash;
  readonly steps: readonly ApplyStep[];
}

/** What keeps a plan from being applied: the person's own work since the run began. */
export interface ApplyConflict {
  readonly path: string;
  readonly reason: string;
  /** Nothing the person does in the workspace can mend it: the change itself asks for what is never done. */
  readonly isForGood: boolean;
}

/**
 * The trees of one run: a bare shadow repository and folders beside it, all in the run's own folder. The workspace
 * is only read, until `apply`; its `.git` is never written. Every method may be repeated after a crash.
 */
export interface RunTrees {
  /**
   * The workspace as it is now, uncommitted and untracked work included, ignored files left out. The first call
   * makes it; later ones return the same.
   *
   * @throws HostError `tree.*` when git is missing or too old, or the workspace is too large.
   */
  snapshot(signal: AbortSignal): Promise<TreeHash>;
  /**
   * A folder with the files of `tree`, for one attempt of one task. One that exists already is kept as it is, with
   * the work in it.
   */
  openTaskTree(given: { name: string; tree: TreeHash }, signal: AbortSignal): Promise<string>;
  /** A fresh folder with exactly the files of `tree`; what was there under this name is removed first. */
  checkout(given: { name: string; tree: TreeHash }, signal: AbortSignal): Promise<string>;
  /** What changed in a task's folder since `base`; null if nothing did. */
  collect(
    given: { taskId: string; changeSetId: string; folder: string; base: TreeHash },
    signal: AbortSignal,
  ): Promise<ChangeSet | null>;
  /** Three-way merge of a change set onto the tree that others have changed meanwhile. */
  merge(changeSet: ChangeSet, onto: TreeHash, signal: AbortSignal): Promise<MergedTree | MergeConflict>;
  /** Differences between two trees, sorted by path. */
  changes(base: TreeHash, tree: TreeHash, signal: AbortSignal): Promise<ChangedFile[]>;
  /** Unified diff with three lines of context, cut after `maxBytes`. */
  diff(
    given: { base: TreeHash; tree: TreeHash; paths?: readonly string[]; maxBytes: number },
    signal: AbortSignal,
  ): Promise<string>;
  /** Content of a file in a tree, at most `maxBytes`; null where it has none or it is longer. */
  readFile(
    given: { tree: TreeHash; path: string; maxBytes: number },
    signal: AbortSignal,
  ): Promise<Buffer | null>;
  /** What applying would do, file by file, and what stands against it. Changes nothing. */
  planApply(
    given: { base: TreeHash; tree: TreeHash },
    signal: AbortSignal,
  ): Promise<{ plan: ApplyPlan; conflicts: readonly ApplyConflict[] }>;
  /**
   * Makes the workspace what the plan says, a temporary file and a rename each. A step that is done already is
   * passed over, so a plan that was interrupted is finished by applying it again.
   *
   * @throws HostError `apply.conflict` if a file is neither as before nor as after; the steps before it stay.
   */
  apply(plan: ApplyPlan, signal: AbortSignal): Promise<void>;
  /** Removes the folders of trees; the shadow repository stays for diffs and undo. */
  removeFolders(): Promise<void>;
}
