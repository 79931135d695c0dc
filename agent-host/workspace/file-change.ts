import { HostError } from "../core/host-error.ts";
import type { Hunk } from "../protocol/change-set.ts";
import type { TreeHash } from "../protocol/ids.ts";
import { parseHunks } from "./hunks.ts";
import type { FileChange } from "./run-trees.ts";
import { checked, type ShadowRepository, type TreeDifference, type TreeEntry } from "./shadow-repository.ts";

/** Longest content that is shown, and changed by hunks. */
const maxBytes = 1_000_000;
/** Every line of both sides, with its mark before it. */
const maxDiffBytes = 8 * maxBytes;

/** The two sides of one file as bytes; null for a side that is not there or too long. */
export interface FileSides {
  readonly difference: TreeDifference;
  readonly before: Buffer | null;
  readonly after: Buffer | null;
  readonly isBinary: boolean;
  readonly hunks: readonly Hunk[];
}

interface Given {
  readonly base: TreeHash;
  readonly tree: TreeHash;
  readonly path: string;
}

/** See `RunTrees.fileChange`. */
export async function fileChange(
  shadow: ShadowRepository,
  given: Given,
  signal: AbortSignal,
): Promise<FileChange> {
  const { before, after, isBinary, hunks } = await fileSides(shadow, given, signal);
  const textOf = (side: Buffer | null): string | null =>
    side === null || isBinary ? null : side.toString("utf8");
  return { before: textOf(before), after: textOf(after), isBinary, hunks };
}

/** @throws HostError `change.unknownPart` for a file that is the same in both trees. */
export async function fileSides(
  shadow: ShadowRepository,
  given: Given,
  signal: AbortSignal,
): Promise<FileSides> {
  const difference = await shadow.difference(given, signal);
  if (difference === null) throw unknownPart(`${given.path} is not part of the change`);
  const { before: old, after: now } = difference;
  const before = old === null ? null : await contentOf(shadow, old, signal);
  const after = now === null ? null : await contentOf(shadow, now, signal);
  const isBinary = difference.added === null || [before, after].some(looksBinary);
  const isTooLong = (old !== null && before === null) || (now !== null && after === null);
  const isLink = old?.mode === "120000" || now?.mode === "120000";
  const hunks = isBinary || isTooLong || isLink ? [] : await hunksOf(shadow, given, signal);
  return { difference, before, after, isBinary, hunks };
}

export function unknownPart(message: string): HostError {
  return new HostError("change.unknownPart", message, {
    hint: "look at the change again: it is not what it was when this was chosen",
  });
}

async function contentOf(
  shadow: ShadowRepository,
  { oid }: TreeEntry,
  signal: AbortSignal,
): Promise<Buffer | null> {
  const call = { args: ["cat-file", "blob", checked(oid)], maxOutputBytes: maxBytes + 1, mayCut: true };
  const { stdout } = await shadow.run(call, signal);
  return stdout.length > maxBytes ? null : stdout;
}

/** Git's own test. */
function looksBinary(content: Buffer | null): boolean {
  return content?.subarray(0, 8_000).includes(0) === true;
}

async function hunksOf(
  shadow: ShadowRepository,
  { base, tree, path }: Given,
  signal: AbortSignal,
): Promise<Hunk[]> {
  const args = ["diff-tree", "-r", "-p", "--unified=3", "--no-renames", "--no-ext-diff", "--no-textconv"];
  const call = { args: [...args, checked(base), checked(tree), "--", path], maxOutputBytes: maxDiffBytes };
  return await parseHunks((await shadow.run(call, signal)).stdout, signal);
}
