import type { Entry } from "../protocol/journal.ts";
import type { DeliveredEntry } from "../protocol/methods.ts";
import type { RunSummary } from "../protocol/run.ts";
import type { RunState } from "../protocol/state/schemas.ts";

/**
 * Questions about a workspace's runs. Everything here follows from the journal; nothing here is the truth.
 * This is the seam for a second implementation on a database shared by many hosts.
 *
 * Each answer covers at least what was durable when it was asked for.
 */
export interface Store {
  /** The newest `limit` runs, newest first, and how many there are. Deleted runs are not among them. */
  listRuns(query: { limit: number }): Promise<{ runs: RunSummary[]; total: number }>;
  /** A run as its entries tell it; null if there is none or it was deleted. */
  runState(runId: string): Promise<RunState | null>;
  /**
   * The entry with the texts of its blobs up to 8 KiB each. A text that is gone or damaged is left out. No promise where
   * all of it is in memory, as it is right after the entry was written: there are thousands of them.
   */
  delivered(entry: Entry): DeliveredEntry | Promise<DeliveredEntry>;
  /** Saves the views. Questions are refused afterwards with `store.closed`. */
  close(): Promise<void>;
}
