import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { HostError } from "../core/host-error.ts";

export interface GitProgramOptions {
  /** Name or absolute path; `git` when absent. */
  readonly git?: string;
  /** Value of PATH. */
  readonly searchPath: string;
  /** Folder whose programs are never started. */
  readonly root: string;
}

const oldest = { major: 2, minor: 38 };

/**
 * Absolute path of git and the search path for it. Relative entries and those inside the workspace are left out: a
 * repository could bring its own `git`.
 *
 * @throws HostError `tree.gitMissing`.
 */
export function findGit({ git, searchPath, root }: GitProgramOptions): {
  program: string;
  searchPath: string;
} {
  const folders = searchPath.split(delimiter).filter((entry) => isAbsolute(entry) && !isInside(root, entry));
  const name = git ?? "git";
  const candidates = isAbsolute(name)
    ? [name]
    : folders.flatMap((folder) => programNames(name).map((file) => join(folder, file)));
  const program = candidates.find((file) => isProgram(file) && !isInside(root, file));
  if (program === undefined)
    throw new HostError("tree.gitMissing", `no program ${name} was found`, {
      hint: "install git 2.38 or newer and make sure it is on PATH",
    });
  return { program, searchPath: folders.join(delimiter) };
}

/**
 * Checks what `git version` printed.
 *
 * @throws HostError `tree.gitTooOld` below 2.38, the first with `merge-tree --write-tree`.
 */
export function checkGitVersion(output: string): void {
  const match = /^git version (\d+)\.(\d+)/.exec(output);
  const [major, minor] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  throw new HostError("tree.gitTooOld", `"${output.trim().slice(0, 80)}" is too old`, {
    hint: "install git 2.38 or newer",
  });
}

function isInside(root: string, path: string): boolean {
  const real = realOf(path);
  return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep);
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there: it will not be found as a program either.
    return path;
  }
}

function programNames(name: string): string[] {
  return process.platform === "win32" ? [`${name}.exe`] : [name];
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Missing or not allowed: the next place is tried.
    return false;
  }
}
