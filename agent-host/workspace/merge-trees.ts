import type { TreeHash } from "../protocol/ids.ts";
import { displayOf } from "./raw-path.ts";
import type { MergeConflict, MergedTree } from "./run-trees.ts";
import { checked, recordsOf, type ShadowRepository } from "./shadow-repository.ts";

/**
 * Three-way merge of `result`, which began as `base`, onto `onto`, by `git merge-tree --write-tree`. No branch is
 * involved: two commits with the same parent carry the trees.
 */
export async function mergeTrees(
  shadow: ShadowRepository,
  { base, result, onto }: { base: TreeHash; result: TreeHash; onto: TreeHash },
  signal: AbortSignal,
): Promise<MergedTree | MergeConflict> {
  if (base === onto || result === onto) return { kind: "merged", tree: result };
  if (base === result) return { kind: "merged", tree: onto };
  const parent = await shadow.commit(base, null, signal);
  const ours = await shadow.commit(onto, parent, signal);
  const theirs = await shadow.commit(result, parent, signal);
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
  const { code, stdout } = await shadow.run({ args, okCodes: [0, 1] }, signal);
  const [tree = "", ...files] = recordsOf(stdout);
  if (code === 0) return { kind: "merged", tree: checked(tree) };
  const names = files.filter((name) => name !== "").map(displayOf);
  return { kind: "conflict", files: [...new Set(names)].sort() };
}
