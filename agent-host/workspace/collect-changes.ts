import { rm } from "node:fs/promises";
import { HostError } from "../core/host-error.ts";
import type { ChangeSet } from "../protocol/change-set.ts";
import type { TreeHash } from "../protocol/ids.ts";
import { changedFiles } from "./compare-trees.ts";
import { FolderReader } from "./found-file.ts";
import type { Git } from "./git.ts";
import { listOthers } from "./list-files.ts";
import { type RawPath, rawPathOf } from "./raw-path.ts";
import type { ShadowRepository } from "./shadow-repository.ts";
import { type TreeLimits, takeTree } from "./take-tree.ts";
import type { TaskFolders } from "./task-folders.ts";

export interface CollectPlace {
  readonly git: Git;
  readonly shadow: ShadowRepository;
  readonly folders: TaskFolders;
  readonly prefix: string;
  readonly excludes: string;
  readonly limits: TreeLimits;
  readonly onLeftOut: (path: RawPath, reason: string) => void;
}

/**
 * Makes a tree of what stands in a task's folder. Every file is read and compared by content: times and sizes can be
 * set back by what ran there.
 */
export async function collectChanges(
  place: CollectPlace,
  given: { taskId: string; changeSetId: string; folder: string; base: TreeHash },
  signal: AbortSignal,
): Promise<ChangeSet | null> {
  const { taskId, changeSetId, folder, base } = given;
  const { shadow, limits, onLeftOut } = place;
  const entries = await shadow.entries(base, signal);
  const untracked = await listUntracked(place, { folder, base }, signal);
  const paths = new Set([...entries.keys(), ...untracked]);
  const ref = refOf(changeSetId);
  const reader = new FolderReader(folder);
  const result = await takeTree(
    shadow,
    { reader, paths, base: { tree: base, entries }, ref, limits, onLeftOut },
    signal,
  );
  const files = await changedFiles(shadow, { base, tree: result }, signal);
  return files.length === 0 ? null : { changeSetId, taskId, base, result, files };
}

function refOf(changeSetId: string): string {
  if (/^c-[0-9a-z-]{1,80}$/.test(changeSetId)) return `refs/agent-team/changes/${changeSetId}`;
  throw new HostError("tree.badName", "a change set id such as c-task-1 expected");
}

async function listUntracked(
  { git, shadow, folders, prefix, excludes, onLeftOut }: CollectPlace,
  { folder, base }: { folder: string; base: TreeHash },
  signal: AbortSignal,
): Promise<RawPath[]> {
  const { top, index, links, included } = await folders.describe(folder);
  await folders.readIndex({ index, tree: base, prefix }, signal);
  const { gitFolder } = shadow;
  const listing = await listOthers(
    git,
    { gitFolder, workTree: top, indexFile: index, folder, excludes },
    signal,
  );
  await rm(index, { force: true });
  for (const path of listing.repositories) onLeftOut(path, "it is a repository of its own");
  const linked = new Set(links.map(rawPathOf));
  // Also where the work changed the rules by which they were ignored: they may be the person's alone.
  const apart = new Set(included.map(rawPathOf));
  return [...listing.paths].filter((path) => !linked.has(path.split("/", 1)[0] ?? "") && !apart.has(path));
}
