import * as z from "zod";
import { sha256Schema } from "./ids.ts";

/**
 * A pointer from an event to text that may be personal: goals, messages, findings, user paths.
 * The blob lives at `runs/<runId>/blobs/<blob>`; `blob` is the SHA-256 of the whole file, which starts with
 * 16 random bytes, so that equal texts cannot be recognised by their names. `size` counts the bytes after those.
 */
export const blobRefSchema = z.strictObject({ blob: sha256Schema, size: z.int().min(0) });
export type BlobRef = z.infer<typeof blobRefSchema>;

/** Larger blobs are not sent beside the entry that points to them. */
export const maxTextBytes = 8_192;

/** Texts of the blobs an entry points to, by blob name, sent beside the entry. */
export type BlobTexts = Readonly<Record<string, string>>;

/** Every `BlobRef` found in an event's data, at any depth. */
export function blobRefsIn(data: unknown): BlobRef[] {
  const found: BlobRef[] = [];
  collect(data, found);
  return found;
}

function collect(data: unknown, found: BlobRef[]): void {
  if (data === null || typeof data !== "object") return;
  const parsed = "blob" in data ? blobRefSchema.safeParse(data) : null;
  if (parsed?.success === true) found.push(parsed.data);
  else for (const value of Object.values(data)) collect(value, found);
}
