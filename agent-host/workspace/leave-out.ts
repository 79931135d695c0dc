import { HostError } from "../core/host-error.ts";
import type { Discard } from "../protocol/change-set.ts";
import type { TreeHash } from "../protocol/ids.ts";
import { fileSides, unknownPart } from "./file-change.ts";
import { withoutHunks } from "./hunks.ts";
import { displayOf, parentsOf, type RawPath, rawPathOf } from "./raw-path.ts";
import { checked, type ShadowRepository, type TreeDifference, type TreeEntry } from "./shadow-repository.ts";
import { quoted } from "./take-tree.ts";

/** What a path shall hold: what another tree holds, a content of its own, or nothing. */
type Edit = TreeEntry | { readonly mode: string; readonly content: Buffer } | null;

/** See `RunTrees.leaveOut`. The new tree is made by git alone, from contents it has; no folder is involved. */
export async function leaveOut(
  shadow: ShadowRepository,
  { base, tree, parts }: { base: TreeHash; tree: TreeHash; parts: readonly Discard[] },
  signal: AbortSignal,
): Promise<TreeHash> {
  const found = await shadow.differences(base, tree, signal);
  const differences = new Map(found.map((each) => [each.path, each]));
  const edits = new Map<RawPath, Edit>();
  for (const { path, hunks } of joined(parts)) {
    const difference = differences.get(rawPathOf(path));
    if (difference === undefined) throw unknownPart(`${path} is not part of the change`);
    const edit = hunks === null ? difference.before : await withoutSome({ base, tree, path, hunks });
    edits.set(difference.path, edit);
  }
  checkSeparable(edits, differences);
  return await write(shadow, { tree, edits }, signal);

  async function withoutSome(given: {
    base: TreeHash;
    tree: TreeHash;
    path: string;
    hunks: ReadonlySet<number>;
  }): Promise<Edit> {
    const sides = await fileSides(shadow, given, signal);
    const dropped = sides.hunks.filter(({ index }) => given.hunks.has(index));
    if (dropped.length < given.hunks.size)
      throw unknownPart(`${given.path} has ${sides.hunks.length} hunks, not all of those that were named`);
    const { before, after } = sides.difference;
    if (before === null || after === null) return before;
    const content = withoutHunks(sides.before ?? none, sides.after ?? none, dropped);
    return { mode: after.mode, content };
  }
}

const none = Buffer.alloc(0);

/** One part a file; null where the whole of it was named. */
function joined(parts: readonly Discard[]): { path: string; hunks: ReadonlySet<number> | null }[] {
  const byPath = new Map<string, Set<number> | null>();
  for (const { path, hunks } of parts) {
    const known = byPath.get(path);
    if (hunks === undefined || known === null) byPath.set(path, null);
    else byPath.set(path, new Set([...(known ?? []), ...hunks]));
  }
  return [...byPath].map(([path, hunks]) => ({ path, hunks }));
}

/** A file that comes back needs its name for itself, and folders above it. */
function checkSeparable(
  edits: ReadonlyMap<RawPath, Edit>,
  differences: ReadonlyMap<RawPath, TreeDifference>,
): void {
  const stays = (path: RawPath): boolean => {
    const edit = edits.get(path);
    return edit === undefined ? (differences.get(path)?.after ?? null) !== null : edit !== null;
  };
  const inTheWay = new Map<RawPath, RawPath>();
  for (const path of differences.keys())
    if (stays(path)) for (const parent of parentsOf(path)) inTheWay.set(parent, path);
  for (const [folder, below] of inTheWay) {
    if (!differences.has(folder) || !stays(folder)) continue;
    throw new HostError(
      "change.inseparable",
      `${displayOf(folder)} and ${displayOf(below)} cannot both be there`,
      { hint: "leave out both or none: one is a folder where the other is a file" },
    );
  }
}

/** Commands of `git fast-import` (git-fast-import(1)): deletions first, they make room. */
async function write(
  shadow: ShadowRepository,
  { tree, edits }: { tree: TreeHash; edits: ReadonlyMap<RawPath, Edit> },
  signal: AbortSignal,
): Promise<TreeHash> {
  const ref = `refs/agent-team/left-out/${tree}`;
  const contents: Buffer[] = [];
  const deletions: string[] = [];
  const changes: string[] = [];
  let marks = 0;
  for (const [path, edit] of edits) {
    if (edit === null) deletions.push(`D ${quoted(path)}\n`);
    else if ("oid" in edit) changes.push(`M ${edit.mode} ${checked(edit.oid)} ${quoted(path)}\n`);
    else {
      marks += 1;
      const head = Buffer.from(`blob\nmark :${marks}\ndata ${edit.content.length}\n`);
      contents.push(head, edit.content, lineEnd);
      changes.push(`M ${edit.mode} :${marks} ${quoted(path)}\n`);
    }
  }
  const commit = `commit ${ref}\ncommitter agent-team <agent-team@localhost> 946684800 +0000\ndata 0\n`;
  const names = Buffer.from(
    `M 040000 ${checked(tree)} ""\n${deletions.join("")}${changes.join("")}`,
    "latin1",
  );
  const input = [...contents, Buffer.from(commit), names, Buffer.from("\ndone\n")];
  await shadow.run({ args: ["fast-import", "--quiet", "--force", "--done"], input }, signal);
  const made = await shadow.treeOf(ref, signal);
  if (made === null) throw new HostError("tree.gitFailed", "git fast-import left no tree");
  return made;
}

const lineEnd = Buffer.from("\n");
