/** Paths here are relative to the analysed root, with `/`, without a leading `./`. The root itself is "". */

export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** Joins and normalises; undefined when the result lies outside the root. */
export function joinPath(folder: string, relative: string): string | undefined {
  const segments = folder === "" ? [] : folder.split("/");
  for (const segment of relative.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}

/** The folder itself, then each one above it, ending with the root. */
export function* foldersUp(folder: string): Generator<string> {
  let current = folder;
  while (current !== "") {
    yield current;
    current = folderOf(current);
  }
  yield "";
}

export function isBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
