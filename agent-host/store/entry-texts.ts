import { isHostError } from "../core/host-error.ts";
import type { BlobStore } from "../journal/blob-store.ts";
import { blobRefsIn } from "../protocol/blob.ts";
import type { Entry } from "../protocol/journal.ts";

/** Texts up to this size travel beside their entry; a client asks for longer ones. */
const maxTextBytes = 8 * 1_024;

/** The small texts an entry points to, by blob name. */
export async function entryTexts(
  entry: Entry,
  blobs: Pick<BlobStore, "get">,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { runId } = entry;
  if (runId === null) return {};
  const texts: Record<string, string> = {};
  for (const { blob, size } of blobRefsIn(entry.data)) {
    if (size > maxTextBytes) continue;
    const text = await blobText(blobs, { runId, blob }, signal);
    if (text !== null) texts[blob] = text;
  }
  return texts;
}

/**
 * The words of an entry that its run's state shows: the name of a task, the reason of a refusal, failure or pause. Not
 * the goal, which is read when somebody looks at the run.
 */
export async function entryWords(
  entry: Entry,
  blobs: Pick<BlobStore, "get">,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { name, reason } = entry.data;
  // Of other types it is no words, and there are many of them.
  const detail = entry.type === "run.paused" ? entry.data.detail : undefined;
  if (name === undefined && reason === undefined && detail === undefined) return {};
  return await entryTexts({ ...entry, data: { name, reason, detail } }, blobs, signal);
}

/** A blob as text; null if it is missing or damaged. */
export async function blobText(
  blobs: Pick<BlobStore, "get">,
  place: { runId: string; blob: string },
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return (await blobs.get(place.runId, place.blob, signal)).toString("utf8");
  } catch (error) {
    if (isHostError(error) && error.code.startsWith("blob.")) return null;
    throw error;
  }
}
