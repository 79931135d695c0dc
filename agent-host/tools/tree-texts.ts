import { textOfBytes } from "./find-file.ts";
import { readIn, readTreeFile } from "./tree-file.ts";
import type { TreePlace } from "./tree-path.ts";
import { walkTree } from "./walk-tree.ts";

export interface TreeText {
  /** Relative to the tree, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface TextsOptions {
  fits(path: string): boolean;
  /** Set when there was more than one call looks at. */
  readonly limits: { isReached: boolean };
}

const maxFiles = 50_000;
const maxBytes = 128 * 1_024 * 1_024;

/** The text file at a place, or all those below it, in the order of their names; binary files are passed over. */
export async function* textsIn(
  place: TreePlace,
  { fits, limits }: TextsOptions,
  signal: AbortSignal,
): AsyncGenerator<TreeText> {
  const single = await readTreeFile(place);
  if (single.kind === "file") {
    const text = textOfBytes(single.bytes);
    if (text !== null) yield { path: place.path, text };
    return;
  }
  let [files, bytes] = [0, 0];
  for await (const { folder, name, path, kind } of walkTree(place, signal)) {
    if (kind !== "file" || !fits(path)) continue;
    const found = await readIn(folder, name, path);
    const text = found.kind === "file" ? textOfBytes(found.bytes) : null;
    if (text === null) continue;
    files += 1;
    bytes += text.length;
    if (files > maxFiles || bytes > maxBytes) {
      limits.isReached = true;
      return;
    }
    yield { path, text };
  }
}
