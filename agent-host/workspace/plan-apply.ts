import { opendir, readdir } from "node:fs/promises";
import { posix } from "node:path";
import { isHostError, messageOf } from "../core/host-error.ts";
import type { TreeHash } from "../protocol/ids.ts";
import { BlobReader } from "./blob-reader.ts";
import { FolderStates } from "./empty-folders.ts";
import { type FolderHandle, openParent } from "./folder-handle.ts";
import { displayOf, isPlainPath, parentsOf, rawPathOf, textOf } from "./raw-path.ts";
import type { ApplyConflict, ApplyPlan, ApplyStep } from "./run-trees.ts";
import type { ShadowRepository, TreeDifference } from "./shadow-repository.ts";
import { isSameMode, lookAtFile, type WorkspaceFile } from "./workspace-file.ts";

export interface PlanRequest {
  readonly base: TreeHash;
  readonly tree: TreeHash;
  /** The files of `tree` are the person's own, which may hold what is never done for an agent. */
  readonly isOwn?: boolean;
}

/**
 * Compares the workspace's files with `base` wherever `tree` differs from it. The steps come in the order in which
 * they can be done: deletions from the deepest path up, then the rest by path.
 */
export async function planApply(
  { shadow, root }: { shadow: ShadowRepository; root: string },
  { base, tree, isOwn = false }: PlanRequest,
  signal: AbortSignal,
): Promise<{ plan: ApplyPlan; conflicts: readonly ApplyConflict[] }> {
  const differences = await shadow.differences(base, tree, signal);
  const blobs = new BlobReader(shadow, signal);
  try {
    const planner = new Planner({ root, blobs, differences, isOwn });
    for (const difference of inOrder(differences)) {
      signal.throwIfAborted();
      await planner.add(difference);
    }
    const { steps, conflicts, folders } = planner;
    return { plan: { base, tree, steps, folders: folders.list() }, conflicts };
  } finally {
    await blobs.close();
  }
}

function inOrder(differences: readonly TreeDifference[]): TreeDifference[] {
  const byPath = differences.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const deletions = byPath.filter(({ after }) => after === null).reverse();
  return [...deletions, ...byPath.filter(({ after }) => after !== null)];
}

interface Judgement {
  readonly reason: string | null;
  readonly permissions: number | null;
}

/** Collects steps and what stands against them. */
class Planner {
  readonly steps: ApplyStep[] = [];
  readonly conflicts: ApplyConflict[] = [];
  readonly folders: FolderStates;
  readonly #root: string;
  readonly #isOwn: boolean;
  readonly #blobs: BlobReader;
  readonly #deleted: ReadonlySet<string>;
  readonly #paths: ReadonlySet<string>;
  /** Added names and the folders above them, as a file system without case sees them. */
  readonly #folded = new Map<string, string>();
  readonly #names = new Map<string, ReadonlyMap<string, readonly string[]>>();

  constructor(given: {
    root: string;
    blobs: BlobReader;
    differences: readonly TreeDifference[];
    isOwn: boolean;
  }) {
    this.#root = given.root;
    this.#isOwn = given.isOwn;
    this.folders = new FolderStates(given.root);
    this.#blobs = given.blobs;
    const { differences } = given;
    this.#paths = new Set(differences.map(({ path }) => displayOf(path)));
    this.#deleted = new Set(
      differences.filter(({ after }) => after === null).map(({ path }) => displayOf(path)),
    );
  }

  async add(difference: TreeDifference): Promise<void> {
    const path = textOf(difference.path);
    if (path === null) return this.#object(displayOf(difference.path), "its name is not UTF-8", true);
    const { before, after } = difference;
    const step: ApplyStep = {
      path,
      before: before === null ? null : await this.#blobs.digest(before.oid),
      after: after === null ? null : await this.#blobs.digest(after.oid),
      mode: after === null ? null : (after.mode as ApplyStep["mode"]),
      content: after?.oid ?? null,
    };
    await this.folders.noteAbove(path);
    const never = await this.#prohibition(step);
    if (never !== null) return this.#object(path, never, true);
    const { reason, permissions } = await this.#judge(step, before?.mode ?? null);
    this.steps.push({ ...step, permissions });
    if (reason !== null) this.#object(path, reason);
  }

  /** What no state of the workspace would make right. */
  async #prohibition(step: ApplyStep): Promise<string | null> {
    if (!isPlainPath(rawPathOf(step.path))) return "its name is reserved for git";
    return step.mode === "120000" && !this.#isOwn ? await this.#leadsOut(step) : null;
  }

  #object(path: string, reason: string, isForGood = false): void {
    this.conflicts.push({ path, reason, isForGood });
  }

  /** What stands against a step, and the permission bits of the file that stands there. */
  async #judge(step: ApplyStep, beforeMode: string | null): Promise<Judgement> {
    try {
      const folder = await openParent(this.#root, step.path, { isMade: false });
      if (folder === null) return { reason: await this.#objectionInNothing(step), permissions: null };
      try {
        const file = await lookAtFile(folder, posix.basename(step.path));
        const reason = await this.#objectionTo(file, { folder, step, beforeMode });
        return { reason, permissions: permissionsOf(file) };
      } finally {
        await folder.close();
      }
    } catch (error) {
      if (!isHostError(error)) return { reason: `it cannot be read: ${messageOf(error)}`, permissions: null };
      // Where the plan changes a path above, that step says what is against it.
      const isMakingRoom = parentsOf(step.path).some((parent) => this.#paths.has(parent));
      return { reason: isMakingRoom ? null : "a folder above it is a link or a file", permissions: null };
    }
  }

  /** The folder of the file is not there. */
  async #objectionInNothing(step: ApplyStep): Promise<string | null> {
    if (step.before === null) return await this.#caseObjection(step.path);
    return step.after === null ? null : gone;
  }

  async #objectionTo(
    file: WorkspaceFile,
    { folder, step, beforeMode }: { folder: FolderHandle; step: ApplyStep; beforeMode: string | null },
  ): Promise<string | null> {
    if (isAfter(file, step)) return null;
    if (file.kind === "special") return "is a pipe, a socket or a device";
    if (file.kind === "folder") return await this.#folderObjection(folder, step);
    if (step.before === null) {
      if (file.kind === "file") return "was added since the run began";
      return await this.#caseObjection(step.path);
    }
    if (file.kind === "absent") return gone;
    if (file.digest !== step.before) return "changed since the run began";
    return isSameMode(file.mode, beforeMode) ? null : "its mode changed since the run began";
  }

  /** A folder may make room for a file when the plan deletes all that is in it. */
  async #folderObjection(folder: FolderHandle, step: ApplyStep): Promise<string | null> {
    if (step.before !== null) return "is a folder";
    const note = async (path: string): Promise<void> => await this.folders.note(path);
    const isEmptied = await holdsOnly(folder, step.path, { allowed: this.#deleted, note });
    return isEmptied ? null : "is a folder with other files in it";
  }

  async #caseObjection(path: string): Promise<string | null> {
    for (const name of [...parentsOf(path), path]) {
      const known = this.#folded.get(folded(name));
      if (known !== undefined && known !== name) return `differs from ${known} only in case`;
      this.#folded.set(folded(name), name);
    }
    return await this.#caseTwin(path);
  }

  /** A name in the workspace that a file system without case takes for this one, or for a folder above it. */
  async #caseTwin(path: string): Promise<string | null> {
    for (const each of [...parentsOf(path), path]) {
      const folder = posix.dirname(each);
      const names = await this.#foldedNames(folder);
      const alike = names.get(folded(posix.basename(each))) ?? [];
      if (alike.includes(posix.basename(each))) continue;
      const twin = alike.map((name) => posix.join(folder, name)).find((name) => !this.#deleted.has(name));
      if (twin !== undefined) return `differs from ${twin} only in case`;
    }
    return null;
  }

  async #foldedNames(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const known = this.#names.get(folder);
    if (known !== undefined) return known;
    const names = new Map<string, string[]>();
    for (const name of await namesIn(this.#root, folder))
      names.set(folded(name), [...(names.get(folded(name)) ?? []), name]);
    this.#names.set(folder, names);
    return names;
  }

  /** Judged by the target's text: a link of the agents leads to the workspace's own files or nowhere. */
  async #leadsOut({ path, content }: ApplyStep): Promise<string | null> {
    if (content === null) return null;
    const parts: Buffer[] = [];
    await this.#blobs.read(content, (part) => void parts.push(part));
    const target = Buffer.concat(parts).toString("utf8").replaceAll("\\", "/");
    const isAbsolute = target.startsWith("/") || /^[A-Za-z]:/.test(target);
    const resolved = posix.join(posix.dirname(path), target);
    const isOutside = isAbsolute || resolved === ".." || resolved.startsWith("../");
    if (isOutside) return "is a link that leads out of the workspace";
    const names = resolved.replace(/\/$/, "");
    return names === "." || isPlainPath(rawPathOf(names)) ? null : "is a link into the repository's own data";
  }
}

/** True if the step is done. */
export function isAfter(file: WorkspaceFile, step: ApplyStep): boolean {
  // A folder may be what took the file's place.
  if (step.after === null) return file.kind === "absent" || file.kind === "folder";
  return file.kind === "file" && file.digest === step.after && isSameMode(file.mode, step.mode);
}

/** True if the step can be done. */
export function isBefore(file: WorkspaceFile, step: ApplyStep): boolean {
  if (step.before === null) return file.kind === "absent";
  return file.kind === "file" && file.digest === step.before;
}

const gone = "was deleted since the run began";

function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

async function namesIn(root: string, folder: string): Promise<readonly string[]> {
  const handle = await openParent(root, folder === "." ? "x" : `${folder}/x`, { isMade: false });
  if (handle === null) return [];
  try {
    return await readdir(await handle.self());
  } finally {
    await handle.close();
  }
}

/** Tells `note` of each folder on the way. */
async function holdsOnly(
  folder: FolderHandle,
  path: string,
  given: { allowed: ReadonlySet<string>; note(path: string): Promise<void> },
): Promise<boolean> {
  const inner = await folder.child(posix.basename(path));
  if (inner === null) return true;
  try {
    await given.note(path);
    for await (const entry of await opendir(await inner.self())) {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory() ? !(await holdsOnly(inner, below, given)) : !given.allowed.has(below))
        return false;
    }
    return true;
  } finally {
    await inner.close();
  }
}

function permissionsOf(file: WorkspaceFile): number | null {
  return file.kind === "file" && file.mode !== "120000" ? Number(file.status.mode) & 0o7777 : null;
}
