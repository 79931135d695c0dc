import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { lstat, open, readlink } from "node:fs/promises";
import { sha256 } from "../core/digest.ts";
import type { FolderHandle } from "./folder-handle.ts";
import { type FileMode, isMissing, readFlags } from "./found-file.ts";

/** What stands under a name in the workspace; `digest` is the SHA-256 of a file's bytes or a link's target. */
export type WorkspaceFile =
  | { readonly kind: "absent" }
  | { readonly kind: "folder" }
  | { readonly kind: "special" }
  | {
      readonly kind: "file";
      readonly mode: FileMode;
      readonly digest: string;
      readonly status: BigIntStats;
    };

/** Looks at one name of a folder, never through a link. Throws the system's error if it may not be read. */
export async function lookAtFile(folder: FolderHandle, name: string): Promise<WorkspaceFile> {
  const status = await statusOf(folder, name);
  if (status === null) return { kind: "absent" };
  if (status.isDirectory()) return { kind: "folder" };
  if (status.isSymbolicLink()) {
    const target = await readlink(await folder.locate(name), { encoding: "buffer" });
    return { kind: "file", mode: "120000", digest: sha256(target), status };
  }
  if (!status.isFile()) return { kind: "special" };
  const mode = (status.mode & 0o100n) === 0n ? "100644" : "100755";
  return { kind: "file", mode, digest: await digestOf(folder, name), status };
}

/** Whether nothing was put in the file's place, or written to it, since it was looked at. */
export async function isUntouched(
  folder: FolderHandle,
  name: string,
  { status }: { status: BigIntStats },
): Promise<boolean> {
  const now = await statusOf(folder, name);
  return now !== null && identity.every((field) => now[field] === status[field]);
}

/** Windows knows no executable files. */
export function isSameMode(a: string, b: string | null): boolean {
  return a === b || (process.platform === "win32" && a !== "120000" && b !== "120000");
}

const identity = ["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const;

async function statusOf(folder: FolderHandle, name: string): Promise<BigIntStats | null> {
  try {
    return await lstat(await folder.locate(name), { bigint: true });
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function digestOf(folder: FolderHandle, name: string): Promise<string> {
  const file = await open(await folder.locate(name), readFlags);
  try {
    const hash = createHash("sha256");
    const part = Buffer.allocUnsafe(262_144);
    for (;;) {
      const { bytesRead } = await file.read(part, 0, part.length, null);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(part.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
