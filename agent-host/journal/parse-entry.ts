import { type Entry, entrySchema } from "../protocol/journal.ts";

/** An entry from the bytes of its line; null if they are no entry. Nothing is upcast here. */
export function parseEntry(line: Buffer): Entry | null {
  try {
    const parsed = entrySchema.safeParse(JSON.parse(line.toString("utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    // Not JSON: the caller decides what that means where it stands.
    return null;
  }
}
