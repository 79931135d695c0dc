import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { messageOf, systemErrorCode } from "../core/host-error.ts";
import { maxRulesBytes } from "./rules-file.ts";

/** What lies at a path. One byte more than a rules file may have is read, which tells that it is too long. */
export type FileContent =
  | { readonly kind: "none" }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "unreadable"; readonly reason: string };

// Windows has no such flag. A pipe in the file's place must not make the reader wait.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

export async function readRulesFile(path: string): Promise<FileContent> {
  try {
    const file = await open(path, readFlags);
    try {
      if (!(await file.stat()).isFile()) return { kind: "unreadable", reason: "it is no file" };
      const buffer = Buffer.alloc(maxRulesBytes + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return { kind: "bytes", bytes: Uint8Array.from(buffer.subarray(0, bytesRead)) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "none" };
    return { kind: "unreadable", reason: `it cannot be read (${code ?? messageOf(error)})` };
  }
}
