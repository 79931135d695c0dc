import { type FSWatcher, watch } from "chokidar";
import { type Disposable, disposable } from "../core/disposable.ts";

export interface WatchFoldersOptions {
  /** Absolute paths; what lies in folders below them is not watched. */
  readonly folders: readonly string[];
  /** What the names of the files end with that are watched. */
  readonly ending: string;
  /** A file came, changed or went. */
  onChange(path: string): void;
  /** Changes may go unnoticed from now on. */
  onError(error: unknown): void;
}

/** Watches the files of a few small folders; links are not followed. */
export function watchFolders({ folders, ending, onChange, onError }: WatchFoldersOptions): Disposable {
  const watcher: FSWatcher = watch([...folders], {
    depth: 0,
    // A dozen small files: looking at them misses nothing, while events of files that editors replace get lost.
    usePolling: true,
    interval: 1_000,
    ignoreInitial: true,
    followSymlinks: false,
    // Keeps no process alive that has nothing else to do.
    persistent: false,
    ignored: (path, stats) => stats?.isDirectory() === false && !path.endsWith(ending),
  });
  watcher.on("all", (event, path) => {
    if (event === "add" || event === "change" || event === "unlink") onChange(path);
  });
  watcher.on("error", onError);
  return disposable(() => {
    watcher.close().catch(onError);
  });
}
