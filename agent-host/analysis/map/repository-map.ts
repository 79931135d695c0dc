import { join } from "node:path";
import { makePrivateFolder, writeFileVolatile } from "../../core/durable-file.ts";
import { LruCache } from "../../core/lru-cache.ts";
import { readSmallFile } from "../../core/small-file.ts";
import { drawMap } from "./draw-map.ts";
import type { RepositoryOutline } from "./outline.ts";
import { rankFiles } from "./rank-files.ts";

export interface RepositoryMapRequest {
  /** Absolute path of the folder. */
  readonly root: string;
  readonly goal: string;
  /** Paths or globs that a task is about; empty: the whole. */
  readonly paths: readonly string[];
  readonly maxTokens: number;
}

export interface RepositoryMapOptions {
  /** Reads a folder in a process that may parse; see `outlineInProcess`. */
  outline(root: string, signal: AbortSignal): Promise<RepositoryOutline>;
  estimateTokens(text: string): number;
  /** Folder of the run in which what was read is kept. */
  readonly folder: string;
  /** Names the state of the files that a map is to show; null: it is not known, and nothing is kept on disk. */
  treeHash(): string | null;
}

const maxKeptBytes = 32 * 1_048_576;
/** Each takes a few megabytes. */
const maxInMemory = 2;

/**
 * Makes maps of a repository: the files that seem closest to a goal, with their definitions, in at most so many tokens.
 * The same files, goal and paths give the same map. The repository is read once for each tree.
 */
export function repositoryMap(
  options: RepositoryMapOptions,
): (request: RepositoryMapRequest, signal: AbortSignal) => Promise<string> {
  const known = new LruCache<string, Promise<RepositoryOutline>>(maxInMemory);
  const outlineOf = async (root: string, signal: AbortSignal): Promise<RepositoryOutline> => {
    const tree = options.treeHash();
    const key = `${tree ?? ""} ${root}`;
    for (;;) {
      const before = known.get(key);
      const outline = before ?? readOutline(options, { root, tree }, signal);
      known.set(key, outline);
      try {
        return await outline;
      } catch (error) {
        if (known.get(key) === outline) known.delete(key);
        signal.throwIfAborted();
        // Another task's may have been cancelled.
        if (before === undefined) throw error;
      } finally {
        // Without a name for it the next one must look again.
        if (tree === null && known.get(key) === outline) known.delete(key);
      }
    }
  };
  return async ({ root, goal, paths, maxTokens }, signal) => {
    const outline = await outlineOf(root, signal);
    const ranked = await rankFiles(outline, { goal, paths }, signal);
    return drawMap(outline, ranked, { maxTokens, estimateTokens: options.estimateTokens });
  };
}

async function readOutline(
  { folder, outline }: RepositoryMapOptions,
  { root, tree }: { root: string; tree: string | null },
  signal: AbortSignal,
): Promise<RepositoryOutline> {
  if (tree === null) return await outline(root, signal);
  const file = join(folder, `outline-${tree.replace(/[^0-9a-z]/g, "")}.json`);
  const kept = await readKept(file);
  if (kept !== null) return kept;
  signal.throwIfAborted();
  const fresh = await outline(root, signal);
  const text = JSON.stringify(fresh);
  if (text.length <= maxKeptBytes) {
    await makePrivateFolder(folder);
    await writeFileVolatile(file, text);
  }
  return fresh;
}

async function readKept(file: string): Promise<RepositoryOutline | null> {
  try {
    const text = await readSmallFile(file, maxKeptBytes);
    return text === null ? null : (JSON.parse(text) as RepositoryOutline);
  } catch {
    // Missing or damaged: it is made again.
    return null;
  }
}
