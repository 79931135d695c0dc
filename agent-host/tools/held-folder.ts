import { closeSync, constants, existsSync, fsync, open, readlinkSync } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
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
 * Holds the folder that `segments` lead to from `base`, a real path, without following a link on the way; `make` makes
 * what is missing. On Linux the descriptor itself tells where it leads, and what is made is made from descriptor to
 * descriptor (as `openat` does), so a process that swaps folders for links meanwhile gets nowhere; elsewhere there is
 * only a look before each step.
 *
 * @throws the system's error: ENOENT, or ENOTDIR and ELOOP where a file or a link stands in the way.
 */
export async function holdFolder(
  base: string,
  segments: readonly string[],
  { make }: { make: boolean },
): Promise<HeldFolder> {
  if (!showsDescriptors()) return await walkTo(byPath(base), segments, make);
  try {
    return await byDescriptor(join(base, ...segments), { real: true });
  } catch (error) {
    if (!make || systemErrorCode(error) !== "ENOENT") throw error;
    return await walkTo(await byDescriptor(base, { real: true }), segments, make);
  }
}

const descriptors = "/proc/self/fd";

/** Whether the system tells where an open file lies: Linux does. */
export function showsDescriptors(): boolean {
  isShown ??= existsSync(descriptors);
  return isShown;
}

let isShown: boolean | null = null;

/** Real path of what is open. Answered by the kernel from memory: no reason to wait for a thread. */
export function pathOfDescriptor(descriptor: number): string {
  return readlinkSync(`${descriptors}/${descriptor}`);
}

async function walkTo(base: HeldFolder, segments: readonly string[], make: boolean): Promise<HeldFolder> {
  let held = base;
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

/** `real`: the path must be free of links all the way, not only at its end. */
async function byDescriptor(path: string, { real }: { real: boolean }): Promise<HeldFolder> {
  const descriptor = await opened(path);
  const own = `${descriptors}/${descriptor}`;
  if (real && pathOfDescriptor(descriptor) !== path) {
    closeSync(descriptor);
    throw systemError("ELOOP", `${path} lies behind a link`);
  }
  let isOpen = true;
  return {
    path: own,
    pathOf: (name) => `${own}/${name}`,
    enter: (name) => byDescriptor(`${own}/${name}`, { real: false }),
    sync: () => synced(descriptor),
    close: async () => {
      // A second time the number may be another file's.
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

// A descriptor, not a file handle: only what may wait for a disk goes to a thread.
function opened(path: string): Promise<number> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  return new Promise((resolve, reject) => {
    open(path, flags, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)));
  });
}

function synced(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error === null ? resolve() : reject(error)));
  });
}

function byPath(path: string): HeldFolder {
  return {
    path,
    pathOf: (name) => join(path, name),
    enter: async (name) => {
      const inner = join(path, name);
      if (!(await lstat(inner)).isDirectory()) throw systemError("ENOTDIR", `${name} is not a folder`);
      return byPath(inner);
    },
    sync: async () => undefined,
    close: async () => undefined,
  };
}

// As the system says it where it is asked by descriptor.
function systemError(code: string, message: string): Error {
  return Object.assign(new HostError("tree.noFolder", message), { code });
}
