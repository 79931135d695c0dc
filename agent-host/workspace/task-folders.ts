import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { writeFileDurably } from "../core/durable-file.ts";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import { layOuterRules } from "./ignore-rules.ts";
import { rawPathOf } from "./raw-path.ts";
import { readBounded } from "./read-bounded.ts";
import { checked, type ShadowRepository } from "./shadow-repository.ts";
import { SharedWork } from "./shared-work.ts";
import { copyIncluded } from "./worktree-include.ts";

/** Beside each folder, written last: one without it was interrupted while it was filled. */
interface Marker {
  readonly tree: string;
  /** Names at the top that are links to the workspace's own folders. */
  readonly links: readonly string[];
  /** Ignored files that were copied from the workspace: never part of the work. */
  readonly included?: readonly string[];
  /** It was prepared: see `prepareOnce`. */
  readonly isPrepared?: boolean;
}

export interface TaskFoldersOptions {
  readonly shadow: ShadowRepository;
  /** Folder of the run's trees. */
  readonly folder: string;
  /** The workspace, whose dependency folders are linked. */
  readonly root: string;
  /** False: a tree gets its dependencies in another way. */
  readonly linksDependencies: boolean;
}

/** Dependencies that a manifest names; commands in a tree need them, and they are no part of the work. */
const dependencyFolders = ["node_modules", "bower_components", "vendor", ".venv", "venv"];

/** Without a dot: names with one belong to the shadow repository and its companions. */
const plainName = /^[0-9A-Za-z][0-9A-Za-z_-]{0,150}$/;
const ownNames = /^[0-9A-Za-z][0-9A-Za-z_-]{0,150}(?:\.json|\.index|\.index\.lock|\.old-[0-9a-f]+)?$/;

/** The folders of a run that hold a tree's files, by name. */
export class TaskFolders {
  readonly #options: TaskFoldersOptions;
  readonly #preparations = new Map<string, SharedWork<void>>();

  constructor(options: TaskFoldersOptions) {
    this.#options = options;
  }

  /** Folder with the work in it; null where it is not there as a whole. `prefix`: see `fill`. */
  async existing(name: string, prefix: string): Promise<string | null> {
    const place = this.#place(name);
    if ((await readMarker(place.marker)) === null) return null;
    const folder = join(place.top, prefix);
    return existsSync(folder) ? folder : null;
  }

  /**
   * Makes a fresh folder with the files of `tree`. `prefix` is where the workspace lies in its repository: the
   * folder lies as deep, below copies of the repository's `.gitignore` files from `outer`.
   */
  async fill(
    given: { name: string; tree: string; prefix: string; outer: string; included: readonly string[] },
    signal: AbortSignal,
  ): Promise<string> {
    const { shadow, root } = this.#options;
    const { top, marker, index } = this.#place(given.name);
    this.#preparations.delete(marker);
    await rm(marker, { force: true });
    await discard(top);
    await mkdir(top, { mode: 0o700 });
    await layOuterRules(given.outer, { top, prefix: given.prefix });
    const folder = join(top, given.prefix);
    await mkdir(folder, { recursive: true });
    await this.readIndex({ index, tree: given.tree, prefix: given.prefix }, signal);
    const call = { workTree: top, folder: top, indexFile: index };
    await shadow.run({ ...call, args: ["checkout-index", "--all", "--force"] }, signal);
    await rm(index, { force: true });
    const links = await this.#linkDependencies(folder, given.tree, signal);
    const included = await copyIncluded({ root, folder, paths: given.included }, signal);
    const content: Marker = { tree: given.tree, links, included };
    await writeFileDurably(marker, JSON.stringify(content));
    return folder;
  }

  /** Name and links of a folder that `fill` or `existing` returned. */
  async describe(folder: string): Promise<{
    top: string;
    marker: string;
    index: string;
    links: readonly string[];
    included: readonly string[];
  }> {
    const name = folder.slice(this.#options.folder.length + 1).split(/[/\\]/)[0] ?? "";
    const place = this.#place(name);
    const marker = await readMarker(place.marker);
    if (marker === null || !existsSync(folder) || !folder.startsWith(place.top))
      throw new HostError("tree.folderMissing", "the folder of the task's tree is gone", {
        hint: "start the task again",
      });
    return { ...place, links: marker.links, included: marker.included ?? [] };
  }

  /** See `RunTrees.prepareOnce`. */
  async prepareOnce(
    folder: string,
    prepare: (folder: string, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { marker } = await this.describe(folder);
    const work =
      this.#preparations.get(marker) ??
      new SharedWork<void>(async (shared) => {
        const known = await readMarker(marker);
        if (known === null || known.isPrepared === true) return;
        await prepare(folder, shared);
        const done: Marker = { ...known, isPrepared: true };
        await writeFileDurably(marker, JSON.stringify(done));
      });
    this.#preparations.set(marker, work);
    try {
      await work.get(signal);
    } catch (error) {
      if (this.#preparations.get(marker) === work) this.#preparations.delete(marker);
      throw error;
    }
  }

  /** Replaces an index file by one that names the files of `tree` below `prefix`. */
  async readIndex(
    { index, tree, prefix }: { index: string; tree: string; prefix: string },
    signal: AbortSignal,
  ): Promise<void> {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
    const place = prefix === "" ? [] : [`--prefix=${prefix}/`];
    const args = ["read-tree", ...place, checked(tree)];
    await this.#options.shadow.run({ indexFile: index, args }, signal);
  }

  #place(name: string): { top: string; marker: string; index: string } {
    if (!plainName.test(name))
      throw new HostError("tree.badName", "a folder's name may hold letters, digits, - and _");
    const top = join(this.#options.folder, name);
    return { top, marker: `${top}.json`, index: `${top}.index` };
  }

  /** Only what the tree does not hold itself, as ignored folders are. */
  async #linkDependencies(folder: string, tree: string, signal: AbortSignal): Promise<string[]> {
    const { shadow, root, linksDependencies } = this.#options;
    if (!linksDependencies) return [];
    const { stdout } = await shadow.run({ args: ["ls-tree", "--name-only", "-z", checked(tree)] }, signal);
    const held = new Set(stdout.toString("latin1").split("\0"));
    const links = dependencyFolders.filter(
      (name) => !held.has(rawPathOf(name)) && isFolder(join(root, name)),
    );
    for (const name of links) await symlink(join(root, name), join(folder, name), "junction");
    return links;
  }
}

/** Removes the folders of all names, half-filled ones too, and what belongs to them. */
export async function removeTaskFolders(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => ownNames.test(each))) await removeFolder(join(folder, name));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

async function readMarker(path: string): Promise<Marker | null> {
  const text = (await readBounded(path, 8 * 1_048_576))?.toString("utf8");
  if (text === undefined) return null;
  const { tree, links, included = [], isPrepared = false } = JSON.parse(text) as Partial<Marker>;
  return typeof tree === "string" && Array.isArray(links) ? { tree, links, included, isPrepared } : null;
}

/**
 * Moves a folder out of the way before it is removed: a git whose host was killed may still be filling it, and must
 * not write into the one that takes its place.
 */
async function discard(path: string): Promise<void> {
  const old = `${path}.old-${randomBytes(4).toString("hex")}`;
  try {
    await rename(path, old);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return;
    throw error;
  }
  // What is still being filled is removed with all other folders at the end of the run.
  await removeFolder(old).catch(() => undefined);
}

/** As `rm -rf`, also of folders that were closed to their owner. */
async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "EACCES" && code !== "EPERM" && code !== "ENOTEMPTY") throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true }))
    if (entry.isDirectory()) await openUp(join(path, entry.name));
}
