import { constants } from "node:fs";
import { open } from "node:fs/promises";

// Windows has no such flag. A pipe in the file's place must not make the reader wait.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The text of a file of at most `maxBytes` bytes; null where it is longer or no file at all.
 *
 * Rejects with the system error where it is missing or may not be read.
 */
export async function readSmallFile(path: string, maxBytes: number): Promise<string | null> {
  const file = await open(path, readFlags);
  try {
    const status = await file.stat();
    return status.isFile() && status.size <= maxBytes ? await file.readFile("utf8") : null;
  } finally {
    await file.close();
  }
}
