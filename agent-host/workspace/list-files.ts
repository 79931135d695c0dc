import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isHostError } from "../core/host-error.ts";
import type { Git, GitCall } from "./git.ts";
import type { RawPath } from "./raw-path.ts";
import { readBounded } from "./read-bounded.ts";
import { findGitFolders } from "./repository-head.ts";
import { recordsOf } from "./shadow-repository.ts";

export interface Listing {
  /** Files by name: what the repository tracks (there or not) and what is untracked and not ignored. */
  readonly paths: ReadonlySet<RawPath>;
  /** Folders with a repository of their own; what is in them is not listed. */
  readonly repositories: readonly RawPath[];
}

export interface EnclosingRepository {
  readonly top: string;
  readonly gitFolder: string;
  readonly common: string;
  /** The workspace inside it, with `/`; "" at its top. */
  readonly prefix: string;
}

const maxIndexBytes = 256 * 1_048_576;

/** The repository that `root` (a real path) lies in; null where there is none or its files make no sense. */
export function enclosingRepository(root: string): EnclosingRepository | null {
  try {
    const folders = findGitFolders(root);
    if (folders === undefined) return null;
    return { ...folders, prefix: relative(folders.top, root).split(sep).join("/") };
  } catch {
    // A `.git` that is neither folder nor pointer: the folder is taken as it is, without a repository.
    return null;
  }
}

/**
 * Lists what is not ignored. The list of tracked files is read from a copy of the user's index, by a git folder of
 * our own: nothing of the user's repository but that file is opened, and nothing is written.
 */
export async function listWorkspace(
  given: {
    readonly git: Git;
    /** Folder for the copy; replaced. */
    readonly lister: string;
    readonly root: string;
    readonly repository: EnclosingRepository | null;
    readonly excludes: string;
  },
  signal: AbortSignal,
): Promise<Listing> {
  const { git, lister, root, repository, excludes } = given;
  await makeLister(lister, repository);
  const place = {
    gitFolder: lister,
    workTree: repository?.top ?? root,
    folder: root,
    indexFile: join(lister, "index"),
  };
  const staged = await stagedFiles(git, place, signal);
  if (staged === null) await rm(place.indexFile, { force: true });
  const others = await listOthers(git, { ...place, excludes }, signal);
  await rm(lister, { recursive: true });
  const paths = new Set([...(staged?.paths ?? []), ...others.paths]);
  const repositories = [...(staged?.repositories ?? []), ...others.repositories];
  return { paths, repositories: [...new Set(repositories)] };
}

/** Files below `folder` that the index does not name and no rule ignores. */
export async function listOthers(
  git: Git,
  place: Pick<GitCall, "gitFolder" | "workTree" | "indexFile" | "folder"> & { readonly excludes: string },
  signal: AbortSignal,
): Promise<Listing> {
  const { excludes, ...call } = place;
  const rules = ["--exclude-per-directory=.gitignore", `--exclude-from=${excludes}`];
  const { stdout } = await git.run({ ...call, args: ["ls-files", "-z", "--others", ...rules] }, signal);
  const found = recordsOf(stdout);
  return {
    paths: new Set(found.filter((path) => !path.endsWith("/"))),
    repositories: found.filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1)),
  };
}

/** null if git cannot make sense of the index. */
async function stagedFiles(
  git: Git,
  place: Pick<GitCall, "gitFolder" | "workTree" | "indexFile" | "folder">,
  signal: AbortSignal,
): Promise<Listing | null> {
  try {
    const { stdout } = await git.run({ ...place, args: ["ls-files", "-z", "--stage", "--sparse"] }, signal);
    const lines = recordsOf(stdout).map((line) => [line.slice(0, 6), line.slice(line.indexOf("\t") + 1)]);
    const named = (isWanted: (mode: string) => boolean): string[] =>
      lines.flatMap(([mode = "", path = ""]) => (isWanted(mode) ? [path] : []));
    return {
      paths: new Set(named((mode) => mode.startsWith("10") || mode === "120000")),
      repositories: named((mode) => mode === "160000"),
    };
  } catch (error) {
    if (isHostError(error) && error.code === "tree.gitFailed") return null;
    throw error;
  }
}

/** A git folder of our own with a copy of the user's index, and nothing else of the repository. */
export async function makeLister(lister: string, repository: EnclosingRepository | null): Promise<void> {
  await rm(lister, { recursive: true, force: true });
  for (const name of ["objects", "refs"]) await mkdir(join(lister, name), { recursive: true });
  await writeFile(join(lister, "HEAD"), "ref: refs/heads/none\n");
  const isLong = repository !== null && (await usesSha256(repository.common));
  await writeFile(
    join(lister, "config"),
    isLong
      ? "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n"
      : "[core]\n\trepositoryformatversion = 0\n",
  );
  if (repository !== null) await copyIndex(repository.gitFolder, lister);
}

/** Read as text: the repository's configuration itself must have no effect here. */
async function usesSha256(common: string): Promise<boolean> {
  const settings = (await readBounded(join(common, "config"), 1_048_576))?.toString("latin1") ?? "";
  return /^\s*objectformat\s*=\s*"?sha256/im.test(settings);
}

/** A split index stands in two files. */
async function copyIndex(gitFolder: string, lister: string): Promise<void> {
  const shared = (await readdir(gitFolder).catch(() => [])).filter((name) =>
    /^sharedindex\.[0-9a-f]{40,64}$/.test(name),
  );
  for (const name of ["index", ...shared]) {
    const bytes = await readBounded(join(gitFolder, name), maxIndexBytes);
    if (bytes !== null) await writeFile(join(lister, name), bytes);
  }
}
