import { lstat, readdir, rmdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { isHostError, systemErrorCode } from "../core/host-error.ts";
import { type FolderHandle, openParent } from "./folder-handle.ts";
import { parentsOf } from "./raw-path.ts";
import type { ApplyPlan, FolderState } from "./run-trees.ts";

/**
 * The folders that come and go with a plan's files. Git knows no empty folders: one that held only what is deleted
 * goes with it. A plan that takes another back removes only folders the other made, and brings back those it removed.
 */
export class PlannedFolders {
  readonly #root: string;
  readonly #plan: ApplyPlan;
  readonly #before: ReadonlyMap<string, number | null>;
  /** Folders whose names changed and are not on the disk yet. */
  readonly #changed = new Set<string>();

  constructor(root: string, plan: ApplyPlan) {
    this.#root = root;
    this.#plan = plan;
    const folders = plan.restores?.folders ?? [];
    this.#before = new Map(folders.map(({ path, permissions }) => [path, permissions]));
  }

  /** What the folder of this path holds changed. */
  noteChange(path: string): void {
    this.#changed.add(posix.dirname(path));
  }

  /** Makes every change of names durable: once for each folder, however many of its files changed. */
  async sync(): Promise<void> {
    for (const folder of this.#changed) {
      const name = folder === "." ? "x" : `${folder}/x`;
      // One that is gone, or replaced, has no names to keep.
      const handle = await openParent(this.#root, name, { isMade: false }).catch(() => null);
      await handle?.sync();
      await handle?.close();
    }
    this.#changed.clear();
  }

  /** Opens the folder that holds `path`; makes it where it is missing. */
  async openFor(path: string): Promise<FolderHandle | null> {
    const permissions = (folder: string): number | undefined => this.#before.get(folder) ?? undefined;
    return await openParent(this.#root, path, { isMade: true, permissions });
  }

  /** Removes the folders above a path that was deleted, as far as nothing else is in them. */
  async removeEmptied(path: string): Promise<void> {
    for (const parent of parentsOf(path).reverse()) {
      const wasThere = (this.#before.get(parent) ?? null) !== null;
      if (wasThere) return;
      const above = await openParent(this.#root, parent, { isMade: false }).catch(() => null);
      if (above === null) continue;
      try {
        await rmdir(await above.locate(posix.basename(parent)));
        this.noteChange(parent);
      } catch (error) {
        if (systemErrorCode(error) === "ENOENT") continue;
        // It holds something else, or is no folder any more: both are a reason to leave it.
        return;
      } finally {
        await above.close();
      }
    }
  }

  /** Removes a folder that holds nothing but empty folders; else as many of those as there are. */
  async removeEmpty(folder: FolderHandle, name: string): Promise<void> {
    const inner = await folder.child(name);
    if (inner === null) return;
    try {
      for (const entry of await readdir(await inner.self(), { withFileTypes: true }))
        if (entry.isDirectory()) await this.removeEmpty(inner, entry.name);
    } finally {
      await inner.close();
    }
    // Not empty: the caller finds it there.
    await rmdir(await folder.locate(name)).catch(() => undefined);
  }

  /** Makes the empty folders again that had to make room for a file that is deleted now. */
  async bringBack(): Promise<void> {
    const deleted = new Set(this.#plan.steps.flatMap(({ path, after }) => (after === null ? [path] : [])));
    const hadMadeRoom = (path: string): boolean =>
      deleted.has(path) || parentsOf(path).some((parent) => deleted.has(parent));
    const folders = this.#plan.restores?.folders ?? [];
    for (const { path, permissions, isRemade = false } of folders.toSorted(byPath)) {
      if (permissions === null || !(isRemade || hadMadeRoom(path))) continue;
      try {
        await this.#bringBack(path, permissions, isRemade);
      } catch (error) {
        // Where the person put something else, that counts more.
        if (!isHostError(error)) throw error;
      }
    }
  }

  async #bringBack(path: string, permissions: number, isRemade: boolean): Promise<void> {
    const name = posix.basename(path);
    const above = await this.openFor(path);
    try {
      await above?.makeChild(name, permissions);
      if (!isRemade) return;
      const folder = await above?.child(name);
      await folder?.setPermissions(permissions | 0o700);
      await folder?.close();
    } finally {
      await above?.close();
    }
  }
}

function byPath(a: FolderState, b: FolderState): number {
  return a.path < b.path ? -1 : 1;
}

/** Collects how folders are before a plan is carried out. */
export class FolderStates {
  readonly #root: string;
  readonly #states = new Map<string, number | null>();

  constructor(root: string) {
    this.#root = root;
  }

  async note(path: string): Promise<void> {
    if (this.#states.has(path)) return;
    this.#states.set(path, await permissionsOf(join(this.#root, path)));
  }

  async noteAbove(path: string): Promise<void> {
    for (const parent of parentsOf(path)) await this.note(parent);
  }

  list(): FolderState[] {
    return [...this.#states].map(([path, permissions]) => ({ path, permissions }));
  }
}

async function permissionsOf(path: string): Promise<number | null> {
  const status = await lstat(path).catch(() => null);
  return status?.isDirectory() === true ? status.mode & 0o7777 : null;
}
