import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostError } from "../core/host-error.ts";
import { Git } from "./git.ts";
import { findGit } from "./git-program.ts";
import { findGitFolders, findRepository } from "./repository-head.ts";

export interface WorkingDiffOptions {
  /** Folder in the repository, a real path; only what is below it is told. */
  readonly root: string;
  /** Value of PATH. */
  readonly searchPath: string;
  /** No more is read. */
  readonly maxBytes: number;
  /** Milliseconds before git is ended; 20,000 when absent. */
  readonly limitMs?: number;
}

/**
 * What differs from the last commit in files that it has, as a unified diff with paths relative to the folder.
 *
 * The repository's configuration is never read and nothing of it is written: git runs on a folder made for this call,
 * which borrows the repository's objects, with an index of its own.
 *
 * @throws HostError `diff.noRepository`, and what `findGit` and `Git.run` throw.
 */
export async function workingDiff(options: WorkingDiffOptions, signal: AbortSignal): Promise<string> {
  const { root, searchPath, limitMs = 20_000 } = options;
  const repository = findRepository(root);
  const folders = "reason" in repository ? undefined : findGitFolders(root);
  if ("reason" in repository || folders === undefined) {
    const reason = "reason" in repository ? repository.reason : "not in a git repository";
    throw new HostError("diff.noRepository", `There is nothing to compare with: ${reason}`, {
      hint: "Attach the files instead",
    });
  }
  const git = new Git({ ...findGit({ searchPath, root }), limitMs });
  const scratch = await mkdtemp(join(tmpdir(), "agent-team-diff-"));
  try {
    const gitFolder = await makeGitFolder(scratch, repository);
    const place = {
      gitFolder,
      workTree: folders.top,
      folder: folders.top,
      indexFile: join(scratch, "index"),
    };
    await git.run({ ...place, args: ["read-tree", repository.head] }, signal);
    const { prefix } = repository;
    const below = prefix === "" ? [] : [`--relative=${prefix}/`];
    const args = ["diff", ...plainDiff, ...below, repository.head, "--"];
    const { stdout } = await git.run(
      { ...place, args, maxOutputBytes: options.maxBytes, mayCut: true },
      signal,
    );
    return stdout.toString("utf8");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

// Git would start another git in a submodule, which reads that one's configuration.
const plainDiff = ["--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all"];

/** The least that git accepts as a repository; what it lacks is looked for in the real one. */
async function makeGitFolder(
  scratch: string,
  { objectFormat, objectsFolder }: { objectFormat: "sha1" | "sha256"; objectsFolder: string },
): Promise<string> {
  const gitFolder = join(scratch, "repository.git");
  await mkdir(join(gitFolder, "refs"), { recursive: true });
  await mkdir(join(gitFolder, "objects", "info"), { recursive: true });
  await writeFile(join(gitFolder, "HEAD"), "ref: refs/heads/none\n");
  // JSON quotes a path as git unquotes it.
  await writeFile(join(gitFolder, "objects", "info", "alternates"), `${JSON.stringify(objectsFolder)}\n`);
  const version = objectFormat === "sha1" ? 0 : 1;
  const extensions = objectFormat === "sha1" ? "" : `[extensions]\n\tobjectformat = ${objectFormat}\n`;
  await writeFile(join(gitFolder, "config"), `[core]\n\trepositoryformatversion = ${version}\n${extensions}`);
  return gitFolder;
}
