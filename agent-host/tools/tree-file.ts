import {
  closeSync,
  constants,
  fstatSync,
  open as openFile,
  openSync,
  read as readFile,
  readSync,
} from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../core/digest.ts";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import { type HeldFolder, holdFolder, pathOfDescriptor, showsDescriptors } from "./held-folder.ts";
import type { TreePlace } from "./tree-path.ts";

/** Longest file a tool reads or writes, in bytes. */
export const maxFileBytes = 4 * 1_024 * 1_024;

export interface FileContent {
  readonly kind: "file";
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** Why a place cannot be used as a file, in words for the model. */
export interface FileFault {
  readonly kind: "fault";
  readonly reason: string;
}

export type FoundFile = FileContent | { readonly kind: "absent" } | FileFault;

// A link in the file's place is not followed, a pipe does not make the reader wait; Windows has neither flag.
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Reads the file at a place, at most `maxFileBytes` of it. Links, pipes and devices are refused.
 *
 * @throws HostError `tool.fileSystem` when the machine fails.
 */
export async function readTreeFile(place: TreePlace): Promise<FoundFile> {
  if (place.segments.length === 0) return { kind: "fault", reason: `${place.path} is a folder` };
  try {
    if (showsDescriptors()) return await readWhereItLeads(join(place.base, ...place.segments), place.path);
    return await inFolderOf(place, { make: false }, (folder, name) => readIn(folder, name, place.path));
  } catch (error) {
    return faultOf(error, place.path);
  }
}

// One step of the disk fewer than to hold its folder first: what was opened says itself where it lies. The tree was
// written not long ago and is in memory as a rule; to look there takes a tenth of the time that waking a thread does.
async function readWhereItLeads(file: string, path: string): Promise<FoundFile> {
  const descriptor = openSync(file, readFlags);
  try {
    const leads = pathOfDescriptor(descriptor);
    // What another call replaced at this moment is said to be deleted; no link can lead to such a name.
    if (leads !== file && leads !== `${file} (deleted)`) {
      return { kind: "fault", reason: `${path} ${reasons.ELOOP}` };
    }
    return await contentOf(descriptor, path);
  } finally {
    closeSync(descriptor);
  }
}

/** `readTreeFile` where the folder is held already. `path` is what the model calls it. */
export async function readIn(folder: HeldFolder, name: string, path: string): Promise<FoundFile> {
  try {
    const file = await opened(folder.pathOf(name));
    try {
      return await contentOf(file, path);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return faultOf(error, path);
  }
}

/** SHA-256 of what stands at a place; null: nothing. */
export function digestOfFound(found: FileContent | { readonly kind: "absent" }): string | null {
  return found.kind === "absent" ? null : sha256(found.bytes);
}

export interface FileChange {
  /** SHA-256 of what must stand there now; null: nothing. */
  readonly before: string | null;
  /** null: the file is deleted. */
  readonly bytes: Uint8Array | null;
  /** Permission bits it shall have. */
  readonly mode: number;
}

/**
 * Makes the file what the change says, durably: a temporary file beside it, a rename. After a crash there is the old
 * file or the new one. What stands there is compared again right before, so a file that changed meanwhile stays.
 *
 * @throws HostError `tool.fileSystem` when the machine fails.
 */
export async function changeTreeFile(
  place: TreePlace,
  change: FileChange,
): Promise<{ kind: "done" } | FileFault> {
  try {
    return await inFolderOf(place, { make: change.bytes !== null }, (folder, name) =>
      replace(folder, { name, path: place.path }, change),
    );
  } catch (error) {
    const fault = faultOf(error, place.path);
    return fault.kind === "fault" ? fault : { kind: "fault", reason: changedMeanwhile(place.path) };
  }
}

/**
 * Name of the file that a change of `name` is written to first. The same each time: what a crash left behind goes when
 * the call is made again, and never into a change set.
 */
export function temporaryName(name: string): string {
  return `.${sha256(name).slice(0, 16)}.agent-team-tmp`;
}

export function tooLarge(path: string, bytes: number): FileFault {
  return { kind: "fault", reason: `${path} has ${bytes} bytes; tools handle files of up to ${maxFileBytes}` };
}

async function inFolderOf<Result>(
  { base, segments, path }: TreePlace,
  options: { make: boolean },
  act: (folder: HeldFolder, name: string) => Promise<Result>,
): Promise<Result | FileFault> {
  const name = segments.at(-1);
  if (name === undefined) return { kind: "fault", reason: `${path} is a folder` };
  const folder = await holdFolder(base, segments.slice(0, -1), options);
  try {
    return await act(folder, name);
  } finally {
    await folder.close();
  }
}

// Only what may wait for a disk goes to a thread: the rest is done in less time than a thread takes to wake up.
function opened(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    openFile(path, readFlags, (error, file) => (error === null ? resolve(file) : reject(error)));
  });
}

/** Most bytes that are read without a thread. */
const smallFileBytes = 64 * 1_024;

function readInto(file: number, buffer: Buffer, position: number): Promise<number> | number {
  if (buffer.length <= smallFileBytes)
    return readSync(file, buffer, position, buffer.length - position, position);
  return new Promise((resolve, reject) => {
    const length = buffer.length - position;
    readFile(file, buffer, position, length, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}

async function contentOf(file: number, path: string): Promise<FoundFile> {
  const status = fstatSync(file);
  if (status.isDirectory()) return { kind: "fault", reason: `${path} is a folder` };
  if (!status.isFile()) return { kind: "fault", reason: `${path} is not a regular file` };
  if (status.size > maxFileBytes) return tooLarge(path, status.size);
  // One byte more than it has, to see whether it grows.
  const buffer = Buffer.alloc(status.size + 1);
  let length = 0;
  for (;;) {
    const bytesRead = await readInto(file, buffer, length);
    length += bytesRead;
    // Less than was asked for is the end, unless it is less than there was.
    if (bytesRead === 0 || length >= status.size) break;
  }
  if (length > status.size) return { kind: "fault", reason: `${path} is being written; try again` };
  return { kind: "file", bytes: buffer.subarray(0, length), mode: status.mode & 0o777 };
}

async function replace(
  folder: HeldFolder,
  { name, path }: { name: string; path: string },
  { before, bytes, mode }: FileChange,
): Promise<{ kind: "done" } | FileFault> {
  const temporary = folder.pathOf(temporaryName(name));
  try {
    await rm(temporary, { force: true });
    if (bytes !== null) await writeNew(temporary, bytes, mode);
    const found = await readIn(folder, name, path);
    if (found.kind === "fault") return found;
    if (digestOfFound(found) !== before) return { kind: "fault", reason: changedMeanwhile(path) };
    if (bytes === null) await rm(folder.pathOf(name));
    else await rename(temporary, folder.pathOf(name));
    await folder.sync();
    return { kind: "done" };
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.chmod(mode);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function changedMeanwhile(path: string): string {
  return `${path} changed since it was looked at; read it again`;
}

const reasons: Readonly<Record<string, string>> = {
  ELOOP: "is or lies behind a symbolic link that appeared meanwhile",
  ENOTDIR: "lies below something that is not a folder",
  EISDIR: "is a folder",
  EEXIST: "is being written by another process",
  EACCES: "may not be read or written by this user",
  EPERM: "may not be read or written by this user",
  ENAMETOOLONG: "has a name that is too long",
  ENXIO: "is not a regular file",
  EROFS: "lies on a file system that cannot be written",
};

/** What an error of the file system means for the model. @throws HostError `tool.fileSystem` when the machine fails. */
export function faultOf(error: unknown, path: string): { kind: "absent" } | FileFault {
  const code = systemErrorCode(error) ?? "";
  if (code === "ENOENT") return { kind: "absent" };
  const reason = reasons[code];
  if (reason !== undefined) return { kind: "fault", reason: `${path} ${reason}` };
  throw new HostError("tool.fileSystem", `A file of the task cannot be used (${code})`, {
    hint: "Look at the disk and its permissions, then resume the run",
    cause: error,
  });
}
