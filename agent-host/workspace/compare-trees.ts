import { HostError } from "../core/host-error.ts";
import type { ChangedFile } from "../protocol/change-set.ts";
import type { TreeHash } from "../protocol/ids.ts";
import { displayOf, isPlainPath, rawPathOf } from "./raw-path.ts";
import { checked, recordsOf, type ShadowRepository, type TreeDifference } from "./shadow-repository.ts";

const maxFiles = 100_000;

/**
 * Differences between two trees, sorted by path.
 *
 * @throws HostError `tree.tooLarge` beyond 100,000 files.
 */
export async function changedFiles(
  shadow: ShadowRepository,
  { base, tree }: { base: TreeHash; tree: TreeHash },
  signal: AbortSignal,
): Promise<ChangedFile[]> {
  const differences = await shadow.differences(base, tree, signal);
  if (differences.length > maxFiles)
    throw new HostError("tree.tooLarge", `${differences.length} files were changed`, {
      hint: "split the task, or add generated folders to .gitignore",
    });
  return differences.map(changedFile).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Unified diff with three lines of context; cut after `maxBytes`, at the end of a character. */
export async function readDiff(
  shadow: ShadowRepository,
  given: { base: TreeHash; tree: TreeHash; paths?: readonly string[]; maxBytes: number },
  signal: AbortSignal,
): Promise<string> {
  const parts: Buffer[] = [];
  let left = given.maxBytes;
  for (const paths of given.paths === undefined ? [[]] : groupsOf(given.paths)) {
    const args = ["diff-tree", "-r", "-p", "--unified=3", "--no-renames", "--no-ext-diff", "--no-textconv"];
    const trees = [checked(given.base), checked(given.tree)];
    const { stdout } = await shadow.run(
      { args: [...args, ...trees, "--", ...paths], maxOutputBytes: left, mayCut: true },
      signal,
    );
    parts.push(stdout);
    left -= stdout.length;
    if (left <= 0) break;
  }
  // A streaming decoder keeps back the first bytes of a character that was cut.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(parts), { stream: true });
}

/** Content of a file in a tree, a link's target for a link; null where there is none or it is longer. */
export async function readTreeFile(
  shadow: ShadowRepository,
  { tree, path, maxBytes }: { tree: TreeHash; path: string; maxBytes: number },
  signal: AbortSignal,
): Promise<Buffer | null> {
  if (!isPlainPath(rawPathOf(path))) return null;
  const args = ["ls-tree", "-z", "--long", "--full-tree", checked(tree), "--", path];
  const { stdout } = await shadow.run({ args }, signal);
  const wanted = rawPathOf(path);
  const line = recordsOf(stdout).find((record) => record.slice(record.indexOf("\t") + 1) === wanted);
  const [, type, oid = "", size = ""] = line?.slice(0, line.indexOf("\t")).split(/ +/) ?? [];
  if (type !== "blob" || Number(size) > maxBytes) return null;
  const call = { args: ["cat-file", "blob", checked(oid)], maxOutputBytes: maxBytes };
  return (await shadow.run(call, signal)).stdout;
}

function changedFile({ path, before, after, added, removed }: TreeDifference): ChangedFile {
  const status = before === null ? "added" : after === null ? "deleted" : "modified";
  return { path: displayOf(path), status, added, removed, mode: after?.mode ?? null };
}

/** Command lines have a limit; 16 KiB of names are below that of every system. None, for no names. */
function groupsOf(paths: readonly string[]): string[][] {
  const groups: string[][] = [];
  let bytes = 0;
  for (const path of paths) {
    bytes += Buffer.byteLength(path) + 1;
    const last = groups.at(-1);
    if (last !== undefined && bytes <= 16_384) last.push(path);
    else {
      groups.push([path]);
      bytes = Buffer.byteLength(path) + 1;
    }
  }
  return groups;
}
