import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isInside, realPathOf } from "../programs.ts";
import type { SandboxOptions } from "../sandbox-options.ts";
import { secretsInHome } from "../secret-places.ts";

/** Something that a command must not see. */
export interface HiddenPlace {
  /** Without links. */
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * What is to be hidden and exists now, without what lies in another hidden folder. What does not exist yet cannot be
 * made by a command: everything but its own folder is read-only to it.
 */
export async function findHiddenPlaces(options: SandboxOptions): Promise<HiddenPlace[]> {
  const { home, runtimeFolder, keyFiles, userHome, env } = options;
  const candidates = [
    home,
    ...(runtimeFolder === null ? [] : [runtimeFolder]),
    ...keyFiles,
    ...(env.SSH_AUTH_SOCK === undefined ? [] : [env.SSH_AUTH_SOCK]),
    ...secretsInHome.map((name) => join(userHome, name)),
  ];
  const places = (await Promise.all(candidates.map(lookAt))).filter((place) => place !== null);
  const folders = places.filter(({ isFolder }) => isFolder).map(({ path }) => path);
  const isCovered = (path: string): boolean =>
    folders.some((folder) => folder !== path && isInside(path, folder));
  const unique = new Map(places.map((place) => [place.path, place]));
  return [...unique.values()].filter(({ path }) => !isCovered(path));
}

async function lookAt(path: string): Promise<HiddenPlace | null> {
  const real = await realPathOf(path);
  if (real === null || real === "/") return null;
  try {
    return { path: real, isFolder: (await stat(real)).isDirectory() };
  } catch {
    // Removed between two looks: nothing to hide.
    return null;
  }
}
