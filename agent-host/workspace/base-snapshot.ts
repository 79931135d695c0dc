import { join } from "node:path";
import { writeFileDurably } from "../core/durable-file.ts";
import type { TreeHash } from "../protocol/ids.ts";
import { FolderReader } from "./found-file.ts";
import type { Git } from "./git.ts";
import { copyIgnoreRules, type IgnoreFiles, type PersonalFolders } from "./ignore-rules.ts";
import { type EnclosingRepository, enclosingRepository, type Listing, listWorkspace } from "./list-files.ts";
import { readBounded } from "./read-bounded.ts";
import type { ShadowRepository } from "./shadow-repository.ts";
import { type TreeLimits, takeTree } from "./take-tree.ts";
import { type TreeNote, TreeNotes } from "./tree-notes.ts";

/** The workspace as it was when the run began, and by which rules files are ignored. */
export interface Snapshot {
  readonly tree: TreeHash;
  /** Where the workspace lies in its repository; "" at the top or without one. */
  readonly prefix: string;
  readonly notes: readonly TreeNote[];
}

export interface SnapshotOptions {
  readonly root: string;
  readonly folder: string;
  readonly shadow: ShadowRepository;
  readonly git: Git;
  readonly personal: PersonalFolders;
  readonly limits: TreeLimits;
  readonly rules: IgnoreFiles;
}

/** The snapshot that was taken; null if it was not, or not to its end. */
export async function readSnapshot(folder: string): Promise<Snapshot | null> {
  const text = (await readBounded(snapshotFile(folder), 1_048_576))?.toString("utf8");
  return text === undefined ? null : (JSON.parse(text) as Snapshot);
}

/** Takes the snapshot. Its file is written last: an interrupted one is taken again. */
export async function takeSnapshot(options: SnapshotOptions, signal: AbortSignal): Promise<Snapshot> {
  const { folder, shadow, root, limits } = options;
  const notes = new TreeNotes();
  const { listing, prefix } = await listBase(options, signal);
  for (const path of listing.repositories) notes.add(path, "it is a repository of its own");
  const tree = await takeTree(
    shadow,
    {
      reader: new FolderReader(root),
      paths: listing.paths,
      base: null,
      ref: "refs/agent-team/base",
      limits,
      onLeftOut: notes.add,
    },
    signal,
  );
  const snapshot: Snapshot = { tree, prefix, notes: notes.list() };
  await writeFileDurably(snapshotFile(folder), JSON.stringify(snapshot));
  return snapshot;
}

/** In a folder that the repository around it ignores as a whole, that repository's rules and lists say nothing. */
async function listBase(
  options: SnapshotOptions,
  signal: AbortSignal,
): Promise<{ listing: Listing; prefix: string }> {
  const repository = enclosingRepository(options.root);
  const listing = await list(options, repository, signal);
  if (repository === null || repository.prefix === "" || listing.paths.size > 0)
    return { listing, prefix: repository?.prefix ?? "" };
  return { listing: await list(options, null, signal), prefix: "" };
}

async function list(
  { git, shadow, root, folder, personal, rules }: SnapshotOptions,
  repository: EnclosingRepository | null,
  signal: AbortSignal,
): Promise<Listing> {
  const { gitFolder } = shadow;
  await copyIgnoreRules({ files: rules, git, gitFolder, personal, repository, root }, signal);
  const lister = join(folder, "lister.git");
  return await listWorkspace({ git, lister, root, repository, excludes: rules.excludes }, signal);
}

function snapshotFile(folder: string): string {
  return join(folder, "base.snapshot");
}
