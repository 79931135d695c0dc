import type { ChangedFile, ChangeSet, Discard, Hunk } from "../protocol/change-set.ts";
import type { TreeHash } from "../protocol/ids.ts";
import type { TreeNote } from "./tree-notes.ts";

export interface MergedTree {
  readonly kind: "merged";
  readonly tree: TreeHash;
}

export interface MergeConflict {
  readonly kind: "conflict";
  readonly files: readonly string[];
}

/** A merge that is not clean, written down: conflicting texts stand between git's conflict markers. */
export interface MarkedTree {
  readonly tree: TreeHash;
  /** Files in conflict, sorted. Of a binary file, or one that one side deleted, there are no markers. */
  readonly files: readonly string[];
}

/** One file on both sides of a change, and what lies between. */
export interface FileChange {
  /** null: there is no such file on this side, it is binary, or longer than 1,000,000 bytes. Of a link its target. */
  readonly before: string | null;
  readonly after: string | null;
  readonly isBinary: boolean;
  /** Empty where the file is binary, a link, or too long. */
  readonly hunks: readonly Hunk[];
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
  /** Permission bits of the file that stood there when the plan was made; null where none did, or a link. */
  readonly permissions?: number | null;
}

/** A folder as it was when a plan was made: its permission bits, null where there was none. */
export interface FolderState {
  readonly path: string;
  readonly permissions: number | null;
  /** It went, and came back with other permission bits, before it is restored. */
  readonly isRemade?: boolean;
}

export interface ApplyPlan {
  readonly base: TreeHash;
  readonly tree: TreeHash;
  readonly steps: readonly ApplyStep[];
  /** Every folder that carrying the plan out may make or remove. Absent in plans of older releases. */
  readonly folders?: readonly FolderState[];
  /** Only in a plan that takes others back: how files and folders were before those. */
  readonly restores?: {
    /** Permission bits by path. */
    readonly files: Readonly<Record<string, number>>;
    readonly folders: readonly FolderState[];
  };
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
  /** The merge that `merge` refused, with conflict markers in it, for someone to resolve. */
  mergeWithMarkers(changeSet: ChangeSet, onto: TreeHash, signal: AbortSignal): Promise<MarkedTree>;
  /**
   * `tree` with some of what it changes left out: these files, or these hunks of them, are as in `base`. Hunks are
   * those of `fileChange` for the same two trees.
   *
   * @throws HostError `change.unknownPart` for a file or hunk that is not part of the change, `change.inseparable`
   * where a file and a folder would have the same name.
   */
  leaveOut(
    given: { base: TreeHash; tree: TreeHash; parts: readonly Discard[] },
    signal: AbortSignal,
  ): Promise<TreeHash>;
  /**
   * One file of the change from `base` to `tree`, whole and hunk by hunk.
   *
   * @throws HostError `change.unknownPart` for a file that is the same in both.
   */
  fileChange(
    given: { base: TreeHash; tree: TreeHash; path: string },
    signal: AbortSignal,
  ): Promise<FileChange>;
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
  /**
   * What takes back the plans that were applied one after the other, oldest first: contents, permission bits, links,
   * and the folders that came and went with them. Files the person changed since are conflicts.
   */
  planUndo(
    applied: readonly ApplyPlan[],
    signal: AbortSignal,
  ): Promise<{ plan: ApplyPlan; conflicts: readonly ApplyConflict[] }>;
  /**
   * Does `prepare` in a folder that `openTaskTree` or `checkout` returned, unless that was done before: once a folder,
   * also after a crash, however many ask at once. A failure is not kept.
   */
  prepareOnce(
    folder: string,
    prepare: (folder: string, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /** What is in no tree, and why: from the snapshot, and from the folders that were collected since. */
  notes(): readonly TreeNote[];
  /** Removes the folders of trees; the shadow repository stays for diffs and undo. */
  removeFolders(): Promise<void>;
}
