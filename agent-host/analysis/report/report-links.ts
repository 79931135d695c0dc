import { relative, sep } from "node:path";

/** Start of every link from a report in `folder` to a file below `root`. */
export function linkPrefix(root: string, folder: string): string {
  const path = relative(folder, root).split(sep).map(encodeURIComponent).join("/");
  return path === "" ? "./" : `${path}/`;
}

/** A Markdown report moved to another folder, with its links still leading to the workspace. */
export function relinked(text: string, given: { root: string; from: string; to: string }): string {
  const before = linkPrefix(given.root, given.from);
  const after = linkPrefix(given.root, given.to);
  return text.replaceAll(`](${before}`, `](${after}`);
}
