import { lstatSync, realpathSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, isAbsolute, join, relative, sep } from "node:path";
import { systemErrorCode } from "../core/host-error.ts";

/** Folders of dependencies that a tree may share with the workspace by a symbolic link of their own name. */
export const dependencyFolders: ReadonlySet<string> = new Set(["node_modules", ".venv", "venv", "vendor"]);

/** A place in a task's tree, free of symbolic links when it was looked at. */
export interface TreePlace {
  /** Relative to the tree, with `/`; `.` is the tree itself. What the permission gate decides on. */
  readonly path: string;
  /** Absolute real path of the folder that `segments` lead on from. */
  readonly base: string;
  readonly segments: readonly string[];
  /** It lies in a linked dependency folder, which is the person's: read it, never write it. */
  readonly isLinked: boolean;
}

export type Located =
  | { readonly kind: "place"; readonly place: TreePlace }
  | { readonly kind: "refused"; readonly reason: string };

const maxPathCharacters = 4_096;

/**
 * Where a path of a model leads, links followed, compared segment by segment with the tree; the end of it may not
 * exist yet. `folder` is the absolute real path of the tree. What may have changed by the time the place is used is
 * for `holdFolder` to see.
 */
export async function locate(folder: string, given: string): Promise<Located> {
  if (given.length > maxPathCharacters || given.includes("\0")) return refused("This is no path");
  const segments = segmentsOf(folder, given);
  if (segments === null) return outside(given);
  const found = realPathOf(folder, segments);
  if (found.kind === "refused") return found;
  const inTree = segmentsBelow(folder, found.real);
  if (inTree !== null) return placed(folder, [...inTree, ...found.missing]);
  return (await locateLinked(folder, segments, found)) ?? outside(given);
}

/** Segments of `path` below `folder`, null where it lies elsewhere. Both absolute and free of `..`. */
export function segmentsBelow(folder: string, path: string): string[] | null {
  const way = relative(folder, path);
  if (way === "") return [];
  const segments = way.split(sep);
  return isAbsolute(way) || segments[0] === ".." ? null : segments;
}

interface RealPath {
  readonly kind: "real";
  readonly real: string;
  /** Segments behind `real` that do not exist. */
  readonly missing: readonly string[];
}

function segmentsOf(folder: string, given: string): string[] | null {
  const path = isAbsolute(given) ? given : join(folder, given);
  return segmentsBelow(folder, join(path));
}

// Names that the kernel has in memory, as a rule: waking a thread for them takes ten times as long.
function realPathOf(
  folder: string,
  segments: readonly string[],
): RealPath | { kind: "refused"; reason: string } {
  for (let kept = segments.length; ; kept--) {
    const path = join(folder, ...segments.slice(0, kept));
    try {
      return { kind: "real", real: realpathSync.native(path), missing: segments.slice(kept) };
    } catch (error) {
      const code = systemErrorCode(error) ?? "";
      if (kept === 0 || !["ENOENT", "ENOTDIR"].includes(code))
        return refused(`${path} cannot be reached: ${code}`);
      if (isLink(path)) return refused(`${segments.slice(0, kept).join("/")} is a symbolic link to nothing`);
    }
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    // Nothing there: no link either.
    return false;
  }
}

// An agent can make links of any name. One counts only if it leads to a folder of the same name, and what lies in
// there must not lead out again.
async function locateLinked(
  folder: string,
  segments: readonly string[],
  { real, missing }: RealPath,
): Promise<Located | null> {
  for (const [at, name] of segments.entries()) {
    if (!dependencyFolders.has(name)) continue;
    const above = segments.slice(0, at + 1);
    const target = await realpath(join(folder, ...above)).catch(() => null);
    if (target === null || basename(target) !== name) continue;
    const below = segmentsBelow(target, real);
    if (below === null) continue;
    const rest = [...below, ...missing];
    const path = [...above, ...rest].join("/");
    return { kind: "place", place: { path, base: target, segments: rest, isLinked: true } };
  }
  return null;
}

function placed(folder: string, segments: readonly string[]): Located {
  const path = segments.length === 0 ? "." : segments.join("/");
  return { kind: "place", place: { path, base: folder, segments, isLinked: false } };
}

function outside(given: string): Located {
  return refused(`${JSON.stringify(given.slice(0, 200))} lies outside of this task's folder`);
}

function refused(reason: string): { kind: "refused"; reason: string } {
  return { kind: "refused", reason };
}
