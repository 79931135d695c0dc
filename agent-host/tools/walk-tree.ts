import { readdir } from "node:fs/promises";
import { HostError, isHostError, systemErrorCode } from "../core/host-error.ts";
import { type HeldFolder, holdFolder } from "./held-folder.ts";
import type { ToolOutput } from "./tool.ts";
import { fault } from "./tool-output.ts";
import { faultOf } from "./tree-file.ts";
import { dependencyFolders, type TreePlace } from "./tree-path.ts";

export interface TreeEntry {
  /** Relative to the tree, with `/`. */
  readonly path: string;
  readonly name: string;
  readonly kind: "file" | "link";
  /** The folder it lies in, held until the next entry is asked for. */
  readonly folder: HeldFolder;
}

const maxDepth = 64;

/**
 * The files and links below a place, sorted by name, folder by folder; links are not followed. Passes over `.git` and
 * folders of dependencies, unless the place lies in one.
 */
export async function* walkTree(place: TreePlace, signal: AbortSignal): AsyncGenerator<TreeEntry> {
  const isInDependencies = place.path.split("/").some((name) => dependencyFolders.has(name));
  const root = await holdFolder(place.base, place.segments, { make: false });
  try {
    yield* walk(
      root,
      { path: place.path === "." ? "" : `${place.path}/`, depth: 0, isInDependencies },
      signal,
    );
  } finally {
    await root.close();
  }
}

/** Does something with `walkTree`; an output that says why where the place is no folder. */
export async function orFault(place: TreePlace, act: () => Promise<ToolOutput>): Promise<ToolOutput> {
  try {
    return await act();
  } catch (error) {
    if (systemErrorCode(error) === undefined || isHostError(error)) throw error;
    const found = faultOf(error, place.path);
    return fault(found.kind === "absent" ? `There is no folder ${place.path}` : found.reason);
  }
}

interface Where {
  /** Empty, or ends in `/`. */
  readonly path: string;
  readonly depth: number;
  readonly isInDependencies: boolean;
}

async function* walk(folder: HeldFolder, where: Where, signal: AbortSignal): AsyncGenerator<TreeEntry> {
  const entries = await readdir(folder.path, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    signal.throwIfAborted();
    const { name } = entry;
    const path = `${where.path}${name}`;
    if (name === ".git" || (dependencyFolders.has(name) && !where.isInDependencies)) continue;
    if (entry.isFile() || entry.isSymbolicLink()) {
      yield { path, name, kind: entry.isFile() ? "file" : "link", folder };
    } else if (entry.isDirectory() && where.depth < maxDepth) {
      yield* walkInner(folder, { ...where, name }, signal);
    }
  }
}

async function* walkInner(
  folder: HeldFolder,
  { name, ...where }: Where & { readonly name: string },
  signal: AbortSignal,
): AsyncGenerator<TreeEntry> {
  const inner = await enterIfThere(folder, name);
  if (inner === null) return;
  try {
    yield* walk(inner, { ...where, path: `${where.path}${name}/`, depth: where.depth + 1 }, signal);
  } finally {
    await inner.close();
  }
}

async function enterIfThere(folder: HeldFolder, name: string): Promise<HeldFolder | null> {
  try {
    return await folder.enter(name);
  } catch (error) {
    // Gone, swapped or closed to us since it was listed.
    if (["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "EPERM"].includes(systemErrorCode(error) ?? "")) return null;
    throw new HostError("tool.fileSystem", "A folder of the task cannot be read", {
      hint: "Look at the disk and its permissions, then resume the run",
      cause: error,
    });
  }
}
