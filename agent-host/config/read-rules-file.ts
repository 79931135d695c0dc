import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { messageOf, systemErrorCode } from "../core/host-error.ts";
import { maxRulesBytes, tooLong } from "./rules-file.ts";

/** What lies at a path. */
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
      const status = await file.stat();
      if (!status.isFile()) return { kind: "unreadable", reason: "it is no file" };
      if (status.size > maxRulesBytes) return { kind: "unreadable", reason: tooLong(status.size) };
      return { kind: "bytes", bytes: await file.readFile() };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "none" };
    return { kind: "unreadable", reason: `it cannot be read (${code ?? messageOf(error)})` };
  }
}
