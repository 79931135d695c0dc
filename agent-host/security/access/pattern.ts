import type { Access } from "../../tools/tool.ts";

const maxPatternLength = 1_000;

/**
 * What "for this run" covers: a command with exactly these arguments, in this folder. As text: the arguments as
 * JSON, behind the folder and ` $ ` where it is not the root. Null where only the single call can be allowed.
 */
export function patternOf(access: Access): string | null {
  if (access.kind !== "command") return null;
  const argv = JSON.stringify(access.argv);
  const pattern = isRoot(access.folder) ? argv : `${access.folder} $ ${argv}`;
  return pattern.length > maxPatternLength ? null : pattern;
}

/** Whether a pattern that a person allowed covers this access. */
export function isGranted(access: Access, granted: readonly string[]): boolean {
  if (granted.length === 0) return false;
  const pattern = patternOf(access);
  return pattern !== null && granted.includes(pattern);
}

function isRoot(folder: string): boolean {
  return folder === "" || folder === ".";
}
