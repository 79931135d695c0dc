import { constants, existsSync, readlinkSync } from "node:fs";
import { type FileHandle, open, readdir, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { systemErrorCode } from "../../core/host-error.ts";

/** Beginning of a text file below a folder. */
export interface InsideText {
  readonly text: string;
  /** Size of the file; more than `text` has where it was cut. */
  readonly bytes: number;
  /** Where it really lies, for telling two names of one file. */
  readonly realPath: string;
}

/** Why there is no text: it is not there, a link leads out of the folder, it is no file, it is not text. */
export type NotInside = "missing" | "outside" | "notAFile" | "binary";

// A pipe in the file's place must not make the reader wait; Windows has no such flags.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * Reads the first `maxBytes` of a text file below `root`. Links are followed as long as they stay below it.
 *
 * Rejects with the system's error where the file may not be read.
 */
export async function readInside(
  root: string,
  path: string,
  maxBytes: number,
): Promise<InsideText | NotInside> {
  const base = await realpath(root);
  const real = await realInside(base, path);
  if (real === null || real === "outside") return real ?? "missing";
  const file = await open(real, readFlags);
  try {
    // Another process may have put a link in a folder's place meanwhile.
    if (!isBelow(base, pathOf(file, real))) return "outside";
    const status = await file.stat();
    if (!status.isFile()) return "notAFile";
    const text = textOf(await firstBytes(file, Math.min(maxBytes, status.size)), status.size > maxBytes);
    return text === null ? "binary" : { text, bytes: status.size, realPath: real };
  } finally {
    await file.close();
  }
}

/** Names in a folder below `root`, sorted; none where there is no such folder or a link leads out. */
export async function namesInside(root: string, folder: string): Promise<readonly string[]> {
  try {
    const real = await realInside(await realpath(root), folder);
    if (real === null || real === "outside") return [];
    return (await readdir(real)).sort();
  } catch (error) {
    if (["ENOTDIR", "ENOENT"].includes(systemErrorCode(error) ?? "")) return [];
    throw error;
  }
}

/** Where a path below `root`, a real path, leads; null where it leads nowhere. */
export async function realInside(root: string, path: string): Promise<string | "outside" | null> {
  const joined = join(root, path);
  if (isAbsolute(path) || (joined !== root && !isBelow(root, joined))) return "outside";
  try {
    const real = await realpath(joined);
    return real === root || isBelow(root, real) ? real : "outside";
  } catch (error) {
    if (
      ["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"].includes(
        systemErrorCode(error) ?? "",
      )
    )
      return null;
    throw error;
  }
}

function isBelow(root: string, path: string): boolean {
  const inner = relative(root, path);
  return inner !== "" && inner !== ".." && !inner.startsWith(`..${sep}`) && !isAbsolute(inner);
}

/** Where the open file lies, as the system says it; where it cannot be asked, as it was looked up. */
function pathOf(file: FileHandle, lookedUp: string): string {
  return existsSync("/proc/self/fd") ? readlinkSync(`/proc/self/fd/${file.fd}`) : lookedUp;
}

async function firstBytes(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

function textOf(bytes: Buffer, isCut: boolean): string | null {
  if (bytes.includes(0)) return null;
  // A character that is cut in two is left out.
  return new TextDecoder("utf-8").decode(bytes, { stream: isCut });
}
