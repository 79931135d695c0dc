import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostError } from "../core/host-error.ts";
import { Git } from "./git.ts";
import { findGit } from "./git-program.ts";
import { enclosingRepository, listOthers, makeLister } from "./list-files.ts";
import { findRepository } from "./repository-head.ts";

export interface UncommittedOptions {
  /** Real path of the workspace. */
  readonly root: string;
  /** Value of PATH. */
  readonly searchPath: string;
  readonly maxBytes: number;
}

const limitMs = 30_000;
const maxNewFiles = 200;

/**
 * What is not committed below `root`: a unified diff of tracked files to the last commit, and the names of new ones.
 * The repository's own configuration, filters and hooks have no part in it: its objects and a copy of its index are
 * read by a git folder of our own.
 *
 * @throws HostError `tree.noRepository` where there is no commit to compare with; `tree.*` when git is missing or fails.
 */
export async function readUncommitted(
  { root, searchPath, maxBytes }: UncommittedOptions,
  signal: AbortSignal,
): Promise<string> {
  const repository = findRepository(root);
  const enclosing = enclosingRepository(root);
  if ("reason" in repository || enclosing === null) {
    const reason = "reason" in repository ? repository.reason : "it cannot be read";
    throw new HostError("tree.noRepository", `There is no commit to compare with: ${reason}`);
  }
  const git = new Git({ ...findGit({ searchPath, root }), limitMs });
  const scratch = await realpath(await mkdtemp(join(tmpdir(), "agent-team-diff-")));
  try {
    const gitFolder = join(scratch, "repository.git");
    await makeLister(gitFolder, enclosing);
    await mkdir(join(gitFolder, "objects", "info"), { recursive: true });
    await writeFile(
      join(gitFolder, "objects", "info", "alternates"),
      `${join(enclosing.common, "objects")}\n`,
    );
    const excludes = join(scratch, "excludes");
    await writeFile(excludes, "");
    const place = { gitFolder, workTree: enclosing.top, folder: root, indexFile: join(gitFolder, "index") };
    const how = ["--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--relative"];
    const args = ["diff", ...how, repository.head, "--", "."];
    const { stdout } = await git.run({ ...place, args, maxOutputBytes: maxBytes, mayCut: true }, signal);
    const { paths } = await listOthers(git, { ...place, excludes }, signal);
    const names = [...paths].sort();
    const left = names.length - maxNewFiles;
    const fresh = names.slice(0, maxNewFiles).map((name) => `new file: ${name}\n`);
    return [stdout.toString("utf8"), ...fresh, left > 0 ? `and ${left} more new files\n` : ""].join("");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
