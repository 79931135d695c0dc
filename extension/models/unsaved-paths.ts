import { isAbsolute, relative, sep } from "node:path";

/**
 * Which of `paths` (workspace-relative, with `/`) are among `files` (full paths of what is open and not saved). A
 * folder may have several names: as the editor has it, and without links. Names are compared as the volume would.
 */
export function unsavedAmong(
  paths: readonly string[],
  open: {
    readonly files: readonly string[];
    readonly roots: readonly string[];
    readonly isCaseSensitive: boolean;
  },
): string[] {
  const fold = (path: string): string => {
    const composed = path.normalize("NFC");
    return open.isCaseSensitive ? composed : composed.toLowerCase();
  };
  const unsaved = new Set<string>();
  for (const file of open.files) {
    for (const root of open.roots) {
      const path = relative(fold(root), fold(file));
      const isInside = path !== "" && !isAbsolute(path) && path.split(sep)[0] !== "..";
      if (isInside) unsaved.add(path.split(sep).join("/"));
    }
  }
  return paths.filter((path) => unsaved.has(fold(path)));
}
