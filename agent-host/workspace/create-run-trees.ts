import { join } from "node:path";
import { makePrivateFolder } from "../core/durable-file.ts";
import type { ChangedFile, ChangeSet, Discard } from "../protocol/change-set.ts";
import type { TreeHash } from "../protocol/ids.ts";
import { applyPlan } from "./apply-plan.ts";
import { readSnapshot, type Snapshot, takeSnapshot } from "./base-snapshot.ts";
import { collectChanges } from "./collect-changes.ts";
import { changedFiles, readDiff, readTreeFile } from "./compare-trees.ts";
import { fileChange } from "./file-change.ts";
import { Git } from "./git.ts";
import { checkGitVersion, findGit } from "./git-program.ts";
import type { PersonalFolders } from "./ignore-rules.ts";
import { leaveOut } from "./leave-out.ts";
import { mergeTrees, mergeWithMarkers } from "./merge-trees.ts";
import { planApply } from "./plan-apply.ts";
import { planUndo } from "./plan-undo.ts";
import type {
  ApplyConflict,
  ApplyPlan,
  FileChange,
  MarkedTree,
  MergeConflict,
  MergedTree,
  RunTrees,
} from "./run-trees.ts";
import { ShadowRepository } from "./shadow-repository.ts";
import { SharedWork } from "./shared-work.ts";
import type { TreeLimits } from "./take-tree.ts";
import { removeTaskFolders, TaskFolders } from "./task-folders.ts";
import { type TreeNote, TreeNotes } from "./tree-notes.ts";
import { findIncluded } from "./worktree-include.ts";

export interface RunTreesOptions {
  /** The workspace, a real path. */
  readonly root: string;
  /** `runs/<runId>/tree` in the state folder; made when needed. One process writes it at a time, others may look. */
  readonly folder: string;
  /** Name or absolute path of git; `git` when absent. */
  readonly git?: string;
  /** Value of PATH. */
  readonly searchPath: string;
  /** Where the person's own ignore rules stand; none are read when absent. */
  readonly personal?: PersonalFolders;
  /**
   * Folders with dependencies (`node_modules`, `.venv` and such) are links to the workspace's own, unless this is
   * false: for a workspace whose rules name a setup command. A sandbox must keep them from being written through.
   */
  readonly linksDependencies?: boolean;
  readonly limits?: Partial<TreeLimits> & {
    /** Milliseconds for one run of git. */
    readonly gitMs?: number;
  };
}

const defaultLimits = { files: 200_000, bytes: 4 * 2 ** 30, fileBytes: 2 ** 30, gitMs: 120_000 };

/** Trees by git: see `RunTrees`. Nothing is touched, and git is not looked for, before the first call. */
export function createRunTrees(options: RunTreesOptions): RunTrees {
  return new GitRunTrees(options);
}

interface Ready {
  readonly git: Git;
  readonly shadow: ShadowRepository;
  readonly folders: TaskFolders;
}

class GitRunTrees implements RunTrees {
  readonly #options: RunTreesOptions;
  readonly #limits: TreeLimits & { readonly gitMs: number };
  readonly #notes = new TreeNotes();
  readonly #ready = new SharedWork<Ready>((signal) => this.#prepare(signal));
  readonly #base = new SharedWork<Snapshot>((signal) => this.#takeOrRead(signal));
  readonly #included = new SharedWork<readonly string[]>((signal) => this.#findIncluded(signal));

  constructor(options: RunTreesOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  notes(): readonly TreeNote[] {
    return this.#notes.list();
  }

  async snapshot(signal: AbortSignal): Promise<TreeHash> {
    return (await this.#base.get(signal)).tree;
  }

  async openTaskTree({ name, tree }: { name: string; tree: TreeHash }, signal: AbortSignal): Promise<string> {
    const { folders } = await this.#ready.get(signal);
    const { prefix } = await this.#base.get(signal);
    return (await folders.existing(name, prefix)) ?? (await this.checkout({ name, tree }, signal));
  }

  async checkout({ name, tree }: { name: string; tree: TreeHash }, signal: AbortSignal): Promise<string> {
    const { folders } = await this.#ready.get(signal);
    const { prefix } = await this.#base.get(signal);
    const included = await this.#included.get(signal);
    return await folders.fill({ name, tree, prefix, outer: this.#rules.outer, included }, signal);
  }

  async collect(
    given: { taskId: string; changeSetId: string; folder: string; base: TreeHash },
    signal: AbortSignal,
  ): Promise<ChangeSet | null> {
    const ready = await this.#ready.get(signal);
    const { prefix } = await this.#base.get(signal);
    const place = {
      prefix,
      excludes: this.#rules.excludes,
      limits: this.#limits,
      onLeftOut: this.#notes.add,
    };
    return await collectChanges({ ...ready, ...place }, given, signal);
  }

  async merge(
    { base, result }: ChangeSet,
    onto: TreeHash,
    signal: AbortSignal,
  ): Promise<MergedTree | MergeConflict> {
    return await mergeTrees(await this.#shadow(signal), { base, result, onto }, signal);
  }

  async mergeWithMarkers(
    { base, result }: ChangeSet,
    onto: TreeHash,
    signal: AbortSignal,
  ): Promise<MarkedTree> {
    return await mergeWithMarkers(await this.#shadow(signal), { base, result, onto }, signal);
  }

  async leaveOut(
    given: { base: TreeHash; tree: TreeHash; parts: readonly Discard[] },
    signal: AbortSignal,
  ): Promise<TreeHash> {
    return await leaveOut(await this.#shadow(signal), given, signal);
  }

  async fileChange(
    given: { base: TreeHash; tree: TreeHash; path: string },
    signal: AbortSignal,
  ): Promise<FileChange> {
    return await fileChange(await this.#shadow(signal), given, signal);
  }

  async changes(base: TreeHash, tree: TreeHash, signal: AbortSignal): Promise<ChangedFile[]> {
    return await changedFiles(await this.#shadow(signal), { base, tree }, signal);
  }

  async diff(
    given: { base: TreeHash; tree: TreeHash; paths?: readonly string[]; maxBytes: number },
    signal: AbortSignal,
  ): Promise<string> {
    return await readDiff(await this.#shadow(signal), given, signal);
  }

  async readFile(
    given: { tree: TreeHash; path: string; maxBytes: number },
    signal: AbortSignal,
  ): Promise<Buffer | null> {
    return await readTreeFile(await this.#shadow(signal), given, signal);
  }

  async planApply(
    given: { base: TreeHash; tree: TreeHash },
    signal: AbortSignal,
  ): Promise<{ plan: ApplyPlan; conflicts: readonly ApplyConflict[] }> {
    const shadow = await this.#shadow(signal);
    return await planApply({ shadow, root: this.#options.root }, given, signal);
  }

  async planUndo(
    applied: readonly ApplyPlan[],
    signal: AbortSignal,
  ): Promise<{ plan: ApplyPlan; conflicts: readonly ApplyConflict[] }> {
    const shadow = await this.#shadow(signal);
    return await planUndo({ shadow, root: this.#options.root }, applied, signal);
  }

  async apply(plan: ApplyPlan, signal: AbortSignal): Promise<void> {
    const shadow = await this.#shadow(signal);
    await applyPlan({ shadow, root: this.#options.root }, plan, signal);
  }

  async prepareOnce(
    folder: string,
    prepare: (folder: string, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { folders } = await this.#ready.get(signal);
    await folders.prepareOnce(folder, prepare, signal);
  }

  async removeFolders(): Promise<void> {
    await removeTaskFolders(this.#options.folder);
  }

  async #shadow(signal: AbortSignal): Promise<ShadowRepository> {
    return (await this.#ready.get(signal)).shadow;
  }

  get #rules(): { excludes: string; outer: string } {
    const { folder } = this.#options;
    return { excludes: join(folder, "ignored.rules"), outer: join(folder, "outer.rules") };
  }

  async #prepare(signal: AbortSignal): Promise<Ready> {
    const { root, folder, git: name, searchPath } = this.#options;
    await makePrivateFolder(folder);
    const found = findGit({ root, searchPath, ...(name === undefined ? {} : { git: name }) });
    const git = new Git({ ...found, limitMs: this.#limits.gitMs });
    const { stdout } = await git.run({ args: ["version"], gitFolder: folder }, signal);
    checkGitVersion(stdout.toString("latin1"));
    const shadow = new ShadowRepository(join(folder, "shadow.git"), git);
    await shadow.open();
    const { linksDependencies = true } = this.#options;
    return { git, shadow, folders: new TaskFolders({ shadow, folder, root, linksDependencies }) };
  }

  async #findIncluded(signal: AbortSignal): Promise<readonly string[]> {
    const { git, shadow } = await this.#ready.get(signal);
    const { tree: base } = await this.#base.get(signal);
    const { root, folder } = this.#options;
    return await findIncluded({ git, shadow, root, folder, base, onLeftOut: this.#notes.add }, signal);
  }

  async #takeOrRead(signal: AbortSignal): Promise<Snapshot> {
    const { git, shadow } = await this.#ready.get(signal);
    await shadow.clear();
    const { root, folder, personal = {} } = this.#options;
    const snapshot =
      (await readSnapshot(folder)) ??
      (await takeSnapshot(
        { root, folder, shadow, git, personal, limits: this.#limits, rules: this.#rules },
        signal,
      ));
    this.#notes.restore(snapshot.notes);
    return snapshot;
  }
}
