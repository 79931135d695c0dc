import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { messageOf } from "../core/host-error.ts";

/** What is needed to read a repository's history without its configuration. */
export interface Repository {
  readonly objectsFolder: string;
  /** Commit that is checked out. */
  readonly head: string;
  readonly objectFormat: "sha1" | "sha256";
  readonly shallowFile: string | undefined;
  /** Path of the asked folder inside the repository, with `/`; "" at its top. */
  readonly prefix: string;
}

const maxParentFolders = 60;
const maxLinks = 10;
const maxFileBytes = 32 * 1_048_576;
const hash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const safeRef = /^refs\/(?!.*\.\.)[^\s\0~^:?*[\\]+$/;

/** Finds the repository around `folder` by reading its files; git itself is not asked. */
export function findRepository(folder: string): Repository | { readonly reason: string } {
  try {
    const start = realpathSync(folder);
    const folders = findGitFolders(start);
    if (folders === undefined) return { reason: "not in a git repository" };
    const { top, gitFolder, common } = folders;
    if (existsSync(join(common, "reftable")))
      return { reason: "the repository keeps its references in a reftable" };
    const head = readHead(gitFolder, common);
    if (head === undefined) return { reason: "the repository has no commit yet" };
    const shallowFile = join(common, "shallow");
    return {
      objectsFolder: join(common, "objects"),
      head,
      objectFormat: head.length === 64 ? "sha256" : "sha1",
      shallowFile: existsSync(shallowFile) ? shallowFile : undefined,
      prefix: relative(top, start).split(sep).join("/"),
    };
  } catch (error) {
    return { reason: `the repository cannot be read: ${messageOf(error)}` };
  }
}

/** Where the repository around `start` (a real path) keeps its files; undefined where there is none. */
export function findGitFolders(
  start: string,
): { readonly top: string; readonly gitFolder: string; readonly common: string } | undefined {
  const top = topOf(start);
  if (top === undefined) return undefined;
  const gitFolder = gitFolderOf(top);
  return { top, gitFolder, common: commonFolderOf(gitFolder) };
}

function topOf(start: string): string | undefined {
  let folder = start;
  for (let step = 0; step < maxParentFolders; step += 1) {
    if (existsSync(join(folder, ".git"))) return folder;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
  return undefined;
}

/** `.git` is a folder, or in a worktree or submodule a file that names one. */
function gitFolderOf(top: string): string {
  const path = join(top, ".git");
  if (statSync(path).isDirectory()) return path;
  const named = /^gitdir: (.+)$/m.exec(readSmall(path) ?? "")?.[1]?.trim() ?? "";
  return isAbsolute(named) ? named : resolve(top, named);
}

/** Worktrees share objects and most references with the repository they belong to. */
function commonFolderOf(gitFolder: string): string {
  const named = readSmall(join(gitFolder, "commondir"))?.trim();
  if (named === undefined || named === "") return gitFolder;
  return isAbsolute(named) ? named : resolve(gitFolder, named);
}

function readHead(gitFolder: string, common: string): string | undefined {
  let text = readSmall(join(gitFolder, "HEAD"))?.trim() ?? "";
  for (let link = 0; link < maxLinks; link += 1) {
    if (hash.test(text)) return text;
    const ref = /^ref: (.+)$/.exec(text)?.[1]?.trim() ?? "";
    if (!safeRef.test(ref)) return undefined;
    const loose = readSmall(join(gitFolder, ref)) ?? readSmall(join(common, ref));
    text = loose?.trim() ?? packedRef(common, ref) ?? "";
  }
  return undefined;
}

function packedRef(common: string, ref: string): string | undefined {
  for (const line of (readSmall(join(common, "packed-refs")) ?? "").split("\n")) {
    const space = line.indexOf(" ");
    if (space > 0 && line.slice(space + 1).trim() === ref) return line.slice(0, space);
  }
  return undefined;
}

function readSmall(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= maxFileBytes ? readFileSync(path, "utf8") : undefined;
  } catch {
    // Not there: the caller tries the next place.
    return undefined;
  }
}
