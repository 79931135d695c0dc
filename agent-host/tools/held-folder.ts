import { constants, existsSync } from "node:fs";
import { type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { HostError, systemErrorCode } from "../core/host-error.ts";

/** A folder that cannot be swapped for another while it is held: paths under it lead into this very folder. */
export interface HeldFolder {
  /** Path of an entry, valid while the folder is held. */
  pathOf(name: string): string;
  /** The folder itself, to list it. */
  readonly path: string;
  /** Holds a folder in this one; it is closed by itself. */
  enter(name: string): Promise<HeldFolder>;
  /** Makes the names in it durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Holds the folder that `segments` lead to from `base`, without following a link on the way; `make` makes what is
 * missing. On Linux each step starts from the descriptor of the one before (as `openat` does), so a process that swaps
 * folders for links meanwhile gets nowhere; elsewhere there is only a look before each step.
 *
 * @throws the system's error: ENOENT, or ENOTDIR and ELOOP where a file or a link stands in the way.
 */
export async function holdFolder(
  base: string,
  segments: readonly string[],
  { make }: { make: boolean },
): Promise<HeldFolder> {
  let held = existsSync("/proc/self/fd") ? await byDescriptor(base, 0) : byPath(base);
  for (const segment of segments) {
    const above = held;
    try {
      if (make) await makeFolder(above.pathOf(segment));
      held = await above.enter(segment);
    } finally {
      await above.close();
    }
  }
  return held;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  }
}

async function byDescriptor(path: string, flags: number): Promise<HeldFolder> {
  const handle: FileHandle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | flags);
  const own = `/proc/self/fd/${handle.fd}`;
  return {
    path: own,
    pathOf: (name) => `${own}/${name}`,
    enter: (name) => byDescriptor(`${own}/${name}`, constants.O_NOFOLLOW),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

function byPath(path: string): HeldFolder {
  return {
    path,
    pathOf: (name) => join(path, name),
    enter: async (name) => {
      const inner = join(path, name);
      if (!(await lstat(inner)).isDirectory()) throw notAFolder(name);
      return byPath(inner);
    },
    sync: async () => undefined,
    close: async () => undefined,
  };
}

function notAFolder(name: string): Error {
  // As the system says it where it is asked for a folder by descriptor.
  return Object.assign(new HostError("tool.noFolder", `${name} is not a folder`), { code: "ENOTDIR" });
}
