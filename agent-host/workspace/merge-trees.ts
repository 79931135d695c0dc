import type { TreeHash } from "../protocol/ids.ts";
import { displayOf } from "./raw-path.ts";
import type { MarkedTree, MergeConflict, MergedTree } from "./run-trees.ts";
import { checked, recordsOf, type ShadowRepository } from "./shadow-repository.ts";

interface Sides {
  readonly base: TreeHash;
  readonly result: TreeHash;
  readonly onto: TreeHash;
}

/**
 * Three-way merge of `result`, which began as `base`, onto `onto`, by `git merge-tree --write-tree`. No branch is
 * involved: two commits with the same parent carry the trees.
 */
export async function mergeTrees(
  shadow: ShadowRepository,
  { base, result, onto }: Sides,
  signal: AbortSignal,
): Promise<MergedTree | MergeConflict> {
  if (base === onto || result === onto) return { kind: "merged", tree: result };
  if (base === result) return { kind: "merged", tree: onto };
  const { ours, theirs } = await commitsOf(shadow, { base, result, onto }, signal);
  const { tree, files } = await mergeByGit(shadow, [ours, theirs], signal);
  return files.length === 0 ? { kind: "merged", tree } : { kind: "conflict", files };
}

/** The same merge with git's conflict markers in the files that it could not bring together. */
export async function mergeWithMarkers(
  shadow: ShadowRepository,
  sides: Sides,
  signal: AbortSignal,
): Promise<MarkedTree> {
  const { ours, theirs } = await commitsOf(shadow, sides, signal);
  // What git writes beside the markers: words for whoever resolves the conflict.
  const [merged, change] = [`merged-${sides.onto.slice(0, 8)}`, `change-${sides.result.slice(0, 8)}`];
  const refs = `update refs/heads/${merged} ${ours}\nupdate refs/heads/${change} ${theirs}\n`;
  await shadow.run({ args: ["update-ref", "--stdin"], input: [Buffer.from(refs)] }, signal);
  return await mergeByGit(shadow, [merged, change], signal);
}

async function commitsOf(
  shadow: ShadowRepository,
  { base, result, onto }: Sides,
  signal: AbortSignal,
): Promise<{ ours: string; theirs: string }> {
  const parent = await shadow.commit(base, null, signal);
  return {
    ours: await shadow.commit(onto, parent, signal),
    theirs: await shadow.commit(result, parent, signal),
  };
}

async function mergeByGit(
  shadow: ShadowRepository,
  commits: readonly [string, string],
  signal: AbortSignal,
): Promise<MarkedTree> {
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ...commits];
  const { code, stdout } = await shadow.run({ args, okCodes: [0, 1] }, signal);
  const [tree = "", ...files] = recordsOf(stdout);
  if (code === 0) return { tree: checked(tree), files: [] };
  const names = files.filter((name) => name !== "").map(displayOf);
  return { tree: checked(tree), files: [...new Set(names)].sort() };
}
