import { isHostError } from "../core/host-error.ts";
import type { BlobStore } from "../journal/blob-store.ts";
import { type BlobTexts, blobRefsIn } from "../protocol/blob.ts";
import type { Entry } from "../protocol/journal.ts";

/** Texts up to this size travel beside their entry; a client asks for longer ones. */
const maxTextBytes = 8 * 1_024;

/** What of a blob store reading texts takes. */
export type TextBlobs = Pick<BlobStore, "get" | "recent">;

/** The small texts an entry points to, by blob name. At once where all of them are still in memory. */
export function entryTexts(
  entry: Entry,
  blobs: TextBlobs,
  signal: AbortSignal,
): BlobTexts | Promise<BlobTexts> {
  const { runId } = entry;
  if (runId === null) return {};
  const texts: Record<string, string> = {};
  const elsewhere: string[] = [];
  for (const { blob, size } of blobRefsIn(entry.data)) {
    if (size > maxTextBytes) continue;
    const recent = blobs.recent(runId, blob);
    if (recent === null) elsewhere.push(blob);
    else texts[blob] = recent.toString("utf8");
  }
  return elsewhere.length === 0 ? texts : withRest(texts, { runId, elsewhere, blobs }, signal);
}

async function withRest(
  texts: Record<string, string>,
  { runId, elsewhere, blobs }: { runId: string; elsewhere: readonly string[]; blobs: TextBlobs },
  signal: AbortSignal,
): Promise<BlobTexts> {
  for (const blob of elsewhere) {
    const text = await blobText(blobs, { runId, blob }, signal);
    if (text !== null) texts[blob] = text;
  }
  return texts;
}

/**
 * The words of an entry that its run's state shows: the name of a task, the reason of a refusal, failure or pause. Not
 * the goal, which is read when somebody looks at the run.
 */
export function entryWords(
  entry: Entry,
  blobs: TextBlobs,
  signal: AbortSignal,
): BlobTexts | Promise<BlobTexts> {
  const { name, reason } = entry.data;
  // Of other types it is no words, and there are many of them.
  const detail = entry.type === "run.paused" ? entry.data.detail : undefined;
  if (name === undefined && reason === undefined && detail === undefined) return {};
  return entryTexts({ ...entry, data: { name, reason, detail } }, blobs, signal);
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
