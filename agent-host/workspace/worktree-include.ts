import { lstat, rm, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { isHostError, systemErrorCode } from "../core/host-error.ts";
import type { TreeHash } from "../protocol/ids.ts";
import { openParent } from "./folder-handle.ts";
import { FolderReader } from "./found-file.ts";
import type { Git } from "./git.ts";
import { restBetween } from "./give-way.ts";
import { isPlainPath, type RawPath, textOf } from "./raw-path.ts";
import { readBounded } from "./read-bounded.ts";
import { looksSecret } from "./secret-names.ts";
import { recordsOf, type ShadowRepository } from "./shadow-repository.ts";

/** File at the top of a workspace that names, as `.gitignore` does, ignored files which every tree gets too. */
const rulesName = ".worktreeinclude";

const limits = { files: 1_000, bytes: 64 * 2 ** 20, fileBytes: 16 * 2 ** 20, listBytes: 4 * 2 ** 20 };

type OnLeftOut = (path: RawPath, reason: string) => void;

/**
 * The ignored files that `.worktreeinclude` names; none without such a file. What looks like a secret is never among
 * them: agents read what is in their tree.
 */
export async function findIncluded(
  given: {
    readonly git: Git;
    readonly shadow: ShadowRepository;
    readonly root: string;
    /** Folder of the run's trees, for a copy of the rules. */
    readonly folder: string;
    readonly base: TreeHash;
    readonly onLeftOut: OnLeftOut;
  },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const listed = await listMatches(given, signal);
  if (listed.length === 0) return [];
  const known = await given.shadow.entries(given.base, signal);
  const reader = new FolderReader(given.root);
  const found: string[] = [];
  let bytes = 0;
  for (const path of listed) {
    if (known.has(path)) continue;
    const text = isPlainPath(path) ? textOf(path) : null;
    if (text === null) continue;
    const file = reader.look(path);
    const size = file.kind === "file" ? file.size : 0;
    const reason = reasonAgainst(text, file, { files: found.length, bytes: bytes + size });
    if (reason !== null) given.onLeftOut(path, reason);
    else {
      found.push(text);
      bytes += size;
    }
  }
  return found;
}

/** Copies them to a tree's folder, where nothing of the tree stands in their place; returns those that were. */
export async function copyIncluded(
  { root, folder, paths }: { root: string; folder: string; paths: readonly string[] },
  signal: AbortSignal,
): Promise<string[]> {
  const reader = new FolderReader(root);
  const copied: string[] = [];
  for (const path of paths) if (await copyOne({ reader, folder, path }, signal)) copied.push(path);
  return copied;
}

async function listMatches(
  { git, shadow, root, folder }: { git: Git; shadow: ShadowRepository; root: string; folder: string },
  signal: AbortSignal,
): Promise<readonly RawPath[]> {
  const path = join(root, rulesName);
  const isFile = await lstat(path).then(
    (status) => status.isFile(),
    () => false,
  );
  const rules = isFile ? await readBounded(path, 65_536) : null;
  if (rules === null) return [];
  const copy = join(folder, "include.rules");
  await writeFile(copy, rules);
  const { stdout } = await git.run(
    {
      args: ["ls-files", "-z", "--others", "--ignored", `--exclude-from=${copy}`],
      gitFolder: shadow.gitFolder,
      workTree: root,
      folder: root,
      // There is none: nothing counts as tracked.
      indexFile: join(folder, "include.index"),
      maxOutputBytes: limits.listBytes,
      mayCut: true,
    },
    signal,
  );
  await rm(copy, { force: true });
  return recordsOf(stdout).filter((each) => !each.endsWith("/"));
}

function reasonAgainst(
  path: string,
  file: ReturnType<FolderReader["look"]>,
  total: { files: number; bytes: number },
): string | null {
  if (looksSecret(path)) return `${rulesName} names it, but it looks like a secret`;
  if (file.kind !== "file" || file.mode === "120000") return `${rulesName} names it, but it is no plain file`;
  if (file.size > limits.fileBytes) return `${rulesName} names it, but it is larger than 16 MiB`;
  if (total.files >= limits.files || total.bytes > limits.bytes)
    return `${rulesName} names more than 1,000 files or 64 MiB`;
  return null;
}

async function copyOne(
  { reader, folder, path }: { reader: FolderReader; folder: string; path: string },
  signal: AbortSignal,
): Promise<boolean> {
  const raw = Buffer.from(path, "utf8").toString("latin1");
  const rest = restBetween(signal);
  const parts: Uint8Array[] = [];
  try {
    const found = reader.look(raw);
    if (found.kind !== "file" || found.mode === "120000" || found.size > limits.fileBytes) return false;
    for (const part of reader.content(raw, found.mode, () => "")) {
      parts.push(part);
      await rest();
    }
    // Never through a link of the tree.
    const parent = await openParent(folder, path, { isMade: true });
    if (parent === null) return false;
    try {
      const mode = found.mode === "100755" ? 0o700 : 0o600;
      await writeFile(await parent.locate(posix.basename(path)), Buffer.concat(parts), { flag: "wx", mode });
      return true;
    } finally {
      await parent.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    // It went or changed meanwhile, or the tree has something of its own there: the tree does without it.
    if (isHostError(error) || systemErrorCode(error) !== undefined) return false;
    throw error;
  }
}
