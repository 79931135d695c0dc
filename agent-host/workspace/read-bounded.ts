import { constants } from "node:fs";
import { open } from "node:fs/promises";

// A pipe in the file's place must not make the reader wait. Windows has no such flag.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Bytes of a file of at most `maxBytes`; null where there is none, or a longer one, or something else. */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer | null> {
  try {
    const file = await open(path, flags);
    try {
      const status = await file.stat();
      return status.isFile() && status.size <= maxBytes ? await file.readFile() : null;
    } finally {
      await file.close();
    }
  } catch {
    // Missing or closed to us: the caller goes on without it.
    return null;
  }
}
