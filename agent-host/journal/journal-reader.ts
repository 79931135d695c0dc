import type { Entry, Head } from "../protocol/journal.ts";
import { journalFormat, zeroHash } from "../protocol/journal-format.ts";
import { findAcceptedTail } from "./accepted-tail.ts";
import { type JournalQuery, openEntryReader } from "./entry-reader.ts";
import type { JournalSource } from "./journal.ts";
import { readJournalFormat } from "./journal-format.ts";
import { journalFolder, listSegments } from "./segment-name.ts";
import type { Upcasters } from "./upcast.ts";

/**
 * Reads a journal that another process may be writing. Takes no lock and writes nothing. It may see an entry
 * shortly before its fsync, as any reader of the files does; `head` is that of the moment of opening.
 */
export interface JournalReader extends JournalSource {
  /** Format on disk; null for a workspace without a journal. */
  readonly format: number | null;
  /** True if a newer release wrote it: entries of types unknown here are given as they are. */
  readonly newerFormat: boolean;
}

/** @throws HostError `journal.damaged` if its first entry is not `journal.created`. */
export async function openJournalReadOnly(options: {
  directory: string;
  upcasters?: Upcasters;
}): Promise<JournalReader> {
  const folder = journalFolder(options.directory);
  const format = await readJournalFormat(folder);
  const reader = openEntryReader(folder, null, options.upcasters);
  // The head file is no help here: beside a live writer it may be newer than what was just listed.
  const tail = await findAcceptedTail(folder, await listSegments(folder), null);
  const head: Head =
    tail === null ? { seq: 0, hash: zeroHash } : { seq: tail.last.seq, hash: tail.last.hash };
  return {
    format,
    newerFormat: format !== null && format > journalFormat,
    head,
    read: (query: JournalQuery, signal: AbortSignal): Promise<Entry[]> => reader.read(query, signal),
  };
}
