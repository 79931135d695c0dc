import { constants, existsSync } from "node:fs";
import { chmod, type FileHandle, lstat, mkdir, open, realpath } from "node:fs/promises";
import { join } from "node:path";
import { HostError, systemErrorCode } from "../core/host-error.ts";

/**
 * A folder below the workspace's root that stays itself: where the system shows open folders by their descriptor
 * (Linux), names are resolved in the folder that was opened, wherever its path leads meanwhile. Elsewhere the path is
 * looked at again before each use, which leaves a moment between look and use.
 */
export class FolderHandle {
  /** Windows opens no folders. */
  readonly #handle: FileHandle | null;
  readonly #path: string;

  private constructor(handle: FileHandle | null, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  static async openRoot(root: string): Promise<FolderHandle> {
    return new FolderHandle(await openFolder(root), root);
  }

  /**
   * The folder of this name in this one; null where there is nothing.
   *
   * @throws HostError `apply.conflict` where a link or a file stands in its place.
   */
  async child(name: string): Promise<FolderHandle | null> {
    const path = await this.locate(name);
    try {
      if (!seesDescriptors && !(await lstat(path)).isDirectory()) throw notFolder(name);
      return new FolderHandle(await openFolder(path), join(this.#path, name));
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "ENOENT") return null;
      if (code === "ELOOP" || code === "ENOTDIR") throw notFolder(name);
      throw error;
    }
  }

  /** Makes the folder of this name in this one, durably, if there is none; with these permission bits, if given. */
  async makeChild(name: string, permissions?: number): Promise<void> {
    try {
      await mkdir(await this.locate(name));
      // Its owner must be able to fill it.
      if (permissions !== undefined) await chmod(await this.locate(name), permissions | 0o700);
      await this.sync();
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error;
    }
  }

  /** A path for one use of the file of this name in this folder. */
  async locate(name: string): Promise<string> {
    if (seesDescriptors && this.#handle !== null) return `${descriptors}/${this.#handle.fd}/${name}`;
    if ((await realpath(this.#path)) !== this.#path) throw notFolder(this.#path);
    return join(this.#path, name);
  }

  /** This folder itself, to list it. */
  async self(): Promise<string> {
    return await this.locate(".");
  }

  async setPermissions(permissions: number): Promise<void> {
    await this.#handle?.chmod(permissions);
  }

  async sync(): Promise<void> {
    await this.#handle?.sync();
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}

/**
 * Opens the folder that holds `path`; null where a folder on the way is missing and `isMade` is not set. `permissions`
 * says which bits a folder that is made shall have, by its path.
 */
export async function openParent(
  root: string,
  path: string,
  { isMade, permissions }: { isMade: boolean; permissions?: (path: string) => number | undefined },
): Promise<FolderHandle | null> {
  let folder = await FolderHandle.openRoot(root);
  const names = path.split("/").slice(0, -1);
  for (const [depth, name] of names.entries()) {
    const above = folder;
    try {
      if (isMade) await above.makeChild(name, permissions?.(names.slice(0, depth + 1).join("/")));
      const below = await above.child(name);
      if (below === null) return null;
      folder = below;
    } finally {
      await above.close();
    }
  }
  return folder;
}

const descriptors = "/proc/self/fd";
const seesDescriptors = process.platform === "linux" && existsSync(descriptors);
const folderFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

async function openFolder(path: string): Promise<FileHandle | null> {
  return process.platform === "win32" ? null : await open(path, folderFlags);
}

function notFolder(name: string): HostError {
  return new HostError("apply.conflict", `${name} is a link or a file where a folder was`, {
    hint: "put the folder back, or cancel the run",
  });
}
