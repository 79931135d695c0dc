import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readHostInfo } from "../client/host-info-file.ts";
import { locateWorkspace, type WorkspaceLocation } from "../client/workspace-location.ts";
import { createBlobStore } from "../journal/blob-store.ts";
import { type JournalReader, openJournalReadOnly } from "../journal/journal-reader.ts";
import { createReadOnlyStore } from "../store/journal-store.ts";
import type { Store } from "../store/store.ts";
import type { CliContext } from "./cli-context.ts";

/** A workspace's state, opened to be read: beside a live host, without a lock, writing nothing. */
export interface WorkspaceFiles {
  readonly location: WorkspaceLocation;
  /** Null for a workspace in which nothing was ever done. */
  readonly journal: JournalReader | null;
  readonly store: Store | null;
  /** Process id of the host that published itself and still exists; null if there is none. */
  readonly livePid: number | null;
}

export async function openWorkspaceFiles(workspace: string, context: CliContext): Promise<WorkspaceFiles> {
  const location = await locateWorkspace(resolve(context.cwd, workspace), context.env);
  const livePid = await livePidOf(location);
  if (!existsSync(location.stateFolder)) return { location, journal: null, store: null, livePid };
  const journal = await openJournalReadOnly({ directory: location.stateFolder });
  const store = createReadOnlyStore({
    journal,
    blobs: createBlobStore({ directory: location.stateFolder }),
    directory: location.stateFolder,
    // From outside only the host itself is seen, not what it works on: what has no end may be under way there.
    isLive: () => livePid !== null,
  });
  return { location, journal, store, livePid };
}

async function livePidOf(location: WorkspaceLocation): Promise<number | null> {
  const info = await readHostInfo(location);
  if (info === null) return null;
  try {
    process.kill(info.pid, 0);
    return info.pid;
  } catch {
    // No such process: the file is left from a host that was killed.
    return null;
  }
}
