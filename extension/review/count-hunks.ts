import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { KeptHunks } from "./kept-hunks.ts";
import type { Requests, RunChanges } from "./run-changes.ts";

/** More than a person counts; each costs the host a look at two files. */
const maxCounted = 200;
const atOnce = 4;

export type HunkCounts = Readonly<Record<string, { readonly reviewed: number; readonly total: number }>>;

/** Reads the places of all files of a change, a few at a time, as far as they are not known. */
export async function readPlaces(
  changes: RunChanges,
  { run, files }: { run: RunRef; files: readonly ChangedFile[] },
  session: Requests,
  signal: AbortSignal,
): Promise<void> {
  const missing = files.slice(0, maxCounted).filter(({ path }) => changes.places(run, path) === undefined);
  const next = missing.values();
  const work = async (): Promise<void> => {
    for (const { path } of next) {
      signal.throwIfAborted();
      await changes.file(run, path, session, signal);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Reviewed and all parts of each file whose places are known. */
export function countHunks(
  { changes, kept }: { readonly changes: RunChanges; readonly kept: KeptHunks },
  run: RunRef,
  files: readonly ChangedFile[],
): HunkCounts {
  return Object.fromEntries(
    files.flatMap(({ path }) => {
      const places = changes.places(run, path);
      return places === undefined ? [] : [[path, kept.count(run, places)]];
    }),
  );
}

/** Sums over files. Pure. */
export function totalOf(counts: HunkCounts): { readonly reviewed: number; readonly total: number } {
  return Object.values(counts).reduce(
    (sum, { reviewed, total }) => ({ reviewed: sum.reviewed + reviewed, total: sum.total + total }),
    { reviewed: 0, total: 0 },
  );
}
