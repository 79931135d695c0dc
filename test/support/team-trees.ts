import { sha256 } from "../../agent-host/core/digest.ts";
import { HostError } from "../../agent-host/core/host-error.ts";
import type { ChangedFile, ChangeSet, Discard } from "../../agent-host/protocol/change-set.ts";
import type {
  ApplyConflict,
  ApplyPlan,
  FileChange,
  MarkedTree,
  MergeConflict,
  MergedTree,
  RunTrees,
} from "../../agent-host/workspace/run-trees.ts";
import type { TreeNote } from "../../agent-host/workspace/tree-notes.ts";

type Files = ReadonlyMap<string, string>;

/** Trees as maps in memory, with the meaning of the real ones: what an agent changes, it changes by `write`. */
export class MemoryTrees implements RunTrees {
  /** The workspace, which `apply` changes. */
  readonly workspace: Map<string, string>;
  readonly applied: ApplyPlan[] = [];
  areFoldersRemoved = false;
  private readonly prepared = new Set<string>();
  private readonly trees = new Map<string, Files>();
  private readonly folders = new Map<string, Map<string, string>>();
  private base: string | null = null;

  constructor(files: Readonly<Record<string, string>> = { "src/a.ts": "1" }) {
    this.workspace = new Map(Object.entries(files));
  }

  /** The files of a tree, by path. */
  filesOf(tree: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.treeOf(tree));
  }

  /** Changes a file of a task's folder; null deletes it. */
  write(folder: string, path: string, text: string | null): void {
    const files = this.folders.get(folder);
    if (files === undefined) throw new Error(`no folder ${folder}`);
    if (text === null) files.delete(path);
    else files.set(path, text);
  }

  /** The tree with these files. */
  add(files: Files): string {
    const tree = sha256(JSON.stringify([...files].sort()));
    this.trees.set(tree, new Map(files));
    return tree;
  }

  async snapshot(): Promise<string> {
    this.base ??= this.add(this.workspace);
    return this.base;
  }

  async openTaskTree({ name, tree }: { name: string; tree: string }): Promise<string> {
    if (!this.folders.has(name)) this.folders.set(name, new Map(this.treeOf(tree)));
    return name;
  }

  async checkout({ name, tree }: { name: string; tree: string }): Promise<string> {
    this.folders.set(name, new Map(this.treeOf(tree)));
    return name;
  }

  async collect(given: Parameters<RunTrees["collect"]>[0]): Promise<ChangeSet | null> {
    const { taskId, changeSetId, folder, base } = given;
    const result = this.add(this.folders.get(folder) ?? new Map());
    if (result === base) return null;
    return { changeSetId, taskId, base, result, files: await this.changes(base, result) };
  }

  async merge({ base, result }: ChangeSet, onto: string): Promise<MergedTree | MergeConflict> {
    const [before, theirs] = [this.treeOf(base), this.treeOf(result)];
    const merged = new Map(this.treeOf(onto));
    const conflicts: string[] = [];
    for (const { path } of await this.changes(base, result)) {
      const [old, ours, wanted] = [before.get(path), merged.get(path), theirs.get(path)];
      if (ours !== old && ours !== wanted) conflicts.push(path);
      else if (wanted === undefined) merged.delete(path);
      else merged.set(path, wanted);
    }
    return conflicts.length > 0
      ? { kind: "conflict", files: conflicts }
      : { kind: "merged", tree: this.add(merged) };
  }

  async mergeWithMarkers(changeSet: ChangeSet, onto: string): Promise<MarkedTree> {
    const [before, theirs] = [this.treeOf(changeSet.base), this.treeOf(changeSet.result)];
    const merged = new Map(this.treeOf(onto));
    const files: string[] = [];
    for (const { path } of await this.changes(changeSet.base, changeSet.result)) {
      const [ours, wanted] = [merged.get(path), theirs.get(path)];
      const isConflict = ours !== before.get(path) && ours !== wanted;
      if (isConflict) files.push(path);
      const [one, other] = [`merged-${onto.slice(0, 8)}`, `change-${changeSet.result.slice(0, 8)}`];
      const marked = `<<<<<<< ${one}\n${ours ?? ""}\n=======\n${wanted ?? ""}\n>>>>>>> ${other}\n`;
      if (isConflict || wanted !== undefined) merged.set(path, isConflict ? marked : (wanted ?? ""));
      else merged.delete(path);
    }
    return { tree: this.add(merged), files };
  }

  /** A file is one hunk here. */
  async leaveOut(given: { base: string; tree: string; parts: readonly Discard[] }): Promise<string> {
    const before = this.treeOf(given.base);
    const left = new Map(this.treeOf(given.tree));
    for (const { path } of given.parts) {
      await this.fileChange({ ...given, path });
      const old = before.get(path);
      if (old === undefined) left.delete(path);
      else left.set(path, old);
    }
    return this.add(left);
  }

  async fileChange(given: { base: string; tree: string; path: string }): Promise<FileChange> {
    const { base, tree, path } = given;
    const before = this.treeOf(base).get(path) ?? null;
    const after = this.treeOf(tree).get(path) ?? null;
    if (before === after) throw new HostError("change.unknownPart", `${path} is not part of the change`);
    const text = `${before === null ? "" : `-${before}\n`}${after === null ? "" : `+${after}\n`}`;
    const range = { beforeStart: 1, beforeLines: 1, afterStart: 1, afterLines: 1 };
    return { before, after, isBinary: false, hunks: [{ index: 0, ...range, text }] };
  }

  async planUndo(applied: readonly ApplyPlan[]): ReturnType<RunTrees["planUndo"]> {
    return await this.planApply({ base: applied.at(-1)?.tree ?? "", tree: applied[0]?.base ?? "" });
  }

  async prepareOnce(
    folder: string,
    prepare: Parameters<RunTrees["prepareOnce"]>[1],
    signal: AbortSignal,
  ): Promise<void> {
    if (this.prepared.has(folder)) return;
    await prepare(folder, signal);
    this.prepared.add(folder);
  }

  notes(): readonly TreeNote[] {
    return [];
  }

  async changes(base: string, tree: string): Promise<ChangedFile[]> {
    const [before, after] = [this.treeOf(base), this.treeOf(tree)];
    const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
    return paths.flatMap((path): ChangedFile[] => {
      const [old, now] = [before.get(path), after.get(path)];
      if (old === now) return [];
      const mode = now === undefined ? null : "100644";
      const status = old === undefined ? "added" : now === undefined ? "deleted" : "modified";
      const [added, removed] = [Number(now !== undefined), Number(old !== undefined)];
      return [{ path, status, added, removed, mode }];
    });
  }

  async diff({ base, tree }: { base: string; tree: string }): Promise<string> {
    return (await this.changes(base, tree)).map(({ path, status }) => `${status} ${path}`).join("\n");
  }

  async readFile({ tree, path }: { tree: string; path: string }): Promise<Buffer | null> {
    const text = this.treeOf(tree).get(path);
    return text === undefined ? null : Buffer.from(text);
  }

  async planApply({ base, tree }: { base: string; tree: string }): Promise<{
    plan: ApplyPlan;
    conflicts: ApplyConflict[];
  }> {
    const [before, after] = [this.treeOf(base), this.treeOf(tree)];
    const steps = (await this.changes(base, tree)).map(({ path }) => {
      const [old, now] = [before.get(path), after.get(path)];
      const mode = now === undefined ? null : ("100644" as const);
      return { path, before: digest(old), after: digest(now), mode, content: now ?? null };
    });
    const conflicts = steps
      .filter((step) => ![step.before, step.after].includes(digest(this.workspace.get(step.path))))
      .map(({ path }) => ({ path, reason: "it changed since the run began", isForGood: false }));
    return { plan: { base, tree, steps }, conflicts };
  }

  async apply(plan: ApplyPlan): Promise<void> {
    for (const { path, before, after, content } of plan.steps) {
      const now = digest(this.workspace.get(path));
      if (now !== before && now !== after) throw new HostError("apply.conflict", `${path} changed`);
      if (content === null) this.workspace.delete(path);
      else this.workspace.set(path, content);
    }
    this.applied.push(plan);
  }

  async removeFolders(): Promise<void> {
    this.areFoldersRemoved = true;
  }

  private treeOf(tree: string): Files {
    const files = this.trees.get(tree);
    if (files === undefined) throw new Error(`no tree ${tree}`);
    return files;
  }
}

function digest(text: string | undefined): string | null {
  return text === undefined ? null : sha256(text);
}
