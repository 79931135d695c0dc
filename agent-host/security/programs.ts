import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, relative, resolve, sep } from "node:path";

/** Folders of `PATH` that mean the same wherever a command runs: a relative one would be the tree's own. */
export function searchFolders(path: string): string[] {
  return [...new Set(path.split(delimiter).filter((folder) => isAbsolute(folder)))];
}

/** Full path of the file that running `name` in `folder` would start; null where there is none. */
export async function findProgram(
  name: string,
  { folders, folder }: { folders: readonly string[]; folder: string },
): Promise<string | null> {
  const candidates = name.includes("/") ? [resolve(folder, name)] : folders.map((each) => join(each, name));
  for (const candidate of candidates) {
    if (await isProgram(candidate)) return candidate;
  }
  return null;
}

/** Whether `path` is `folder` or lies in it. Both are absolute and have no links. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** The path without links; null where there is nothing. */
export async function realPathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    // Missing, or not for us to see: either way nothing to run or to show.
    return null;
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Not there, or not to be run.
    return false;
  }
}
