import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { join } from "node:path";

/** The workspace as the document functions see it. */
export interface DocumentWorkspace {
  /** Absolute path. */
  readonly root: string;
  /** All files, relative to the root, with `/`. */
  readonly paths: readonly string[];
}

const maxBytes = 1_048_576;

/**
 * A workspace file as text, bad UTF-8 replaced. Undefined for links, for files over 1 MiB, for what is not text and
 * for what can't be read: a document that is gone is no reason to fail.
 */
export async function readText(root: string, path: string, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted();
  try {
    const file = await open(join(root, path), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const { size } = await file.stat();
      if (size > maxBytes || !(await file.stat()).isFile()) return undefined;
      const bytes = await file.readFile({ signal });
      return bytes.includes(0) ? undefined : new TextDecoder().decode(bytes);
    } finally {
      await file.close();
    }
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Whether something lies there, also what the list of files leaves out because it is ignored. */
export async function existsInWorkspace(root: string, path: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  try {
    await lstat(join(root, path));
    return true;
  } catch {
    // Absent, or not ours to see; both mean a reader can't open it.
    return false;
  }
}
