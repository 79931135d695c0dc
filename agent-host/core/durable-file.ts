import { randomBytes } from "node:crypto";
import { closeSync, fsync, openSync } from "node:fs";
import { chmod, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemErrorCode } from "./host-error.ts";

/** Mode of every folder in the state folder. */
export const privateFolderMode = 0o700;

/** Mode of every file in the state folder. */
export const privateFileMode = 0o600;

/** Temporary files made here end like this; one found at start-up is a leftover of a crash. */
export const temporarySuffix = ".tmp";

/**
 * Makes `path` and the folders above it that are missing, each with mode 0700 whatever the umask says, and makes
 * their names durable. A folder that exists is narrowed to 0700 too; those above it are left alone.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true, mode: privateFolderMode });
  await narrow(path);
  if (firstMade === undefined) return;
  const above = dirname(firstMade);
  for (let folder = path; folder !== above; folder = dirname(folder)) {
    await narrow(folder);
    await syncFolder(dirname(folder));
  }
}

/**
 * Replaces `path` as a whole, with mode 0600: temporary file beside it, fsync, rename, fsync of the folder.
 * After a crash there is the old file or the new one, never a part. The folder must exist.
 */
export async function writeFileDurably(path: string, content: string | Uint8Array): Promise<void> {
  await replaceFile(path, content, { isDurable: true });
}

/**
 * As `writeFileDurably`, but waits for no disk: a reader finds the old file or the new one, never a part, as long as
 * the machine runs. For what says something about a live process only.
 */
export async function writeFileVolatile(path: string, content: string | Uint8Array): Promise<void> {
  await replaceFile(path, content, { isDurable: false });
}

/** Makes the names in a folder durable (creation, rename, removal). */
export async function syncFolder(path: string): Promise<void> {
  // Windows has no fsync for folders; NTFS journals names by itself.
  if (process.platform === "win32") return;
  // Only what waits for the disk goes to a thread.
  const folder = openSync(path, "r");
  try {
    await new Promise<void>((resolve, reject) => {
      fsync(folder, (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    closeSync(folder);
  }
}

/** True for an error that says the disk or the quota is full. */
export function isFullDisk(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = systemErrorCode(cause);
    if (code === "ENOSPC" || code === "EDQUOT") return true;
  }
  return false;
}

async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { isDurable }: { isDurable: boolean },
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}${temporarySuffix}`;
  try {
    await writeNew(temporary, content, { isDurable });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (isDurable) await syncFolder(dirname(path));
}

async function writeNew(
  path: string,
  content: string | Uint8Array,
  { isDurable }: { isDurable: boolean },
): Promise<void> {
  const file = await open(path, "wx", privateFileMode);
  try {
    await file.chmod(privateFileMode);
    await file.writeFile(content);
    if (isDurable) await file.sync();
  } finally {
    await file.close();
  }
}

async function narrow(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & 0o777) !== privateFolderMode) await chmod(folder, privateFolderMode);
}
