import { closeSync, fdatasync, fsync, openSync } from "node:fs";

interface Waiting {
  readonly file: number;
  readonly folder: string;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Makes new files and their names durable, in groups: what comes while one group waits for the disk goes into the next.
 * Handed over together, the files of a group wake each thread once and not once for each file, and a folder with many
 * new names is synced once.
 */
export class FileSync {
  private waiting: Waiting[] = [];
  private isRunning = false;

  /** Resolves when the content of an open file and its name in `folder` are durable. Does not close it. */
  add(file: number, folder: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ file, folder, resolve, reject });
      if (this.isRunning) return;
      this.isRunning = true;
      // Writers that go on together come within the same turn of the event loop.
      setImmediate(() => this.next());
    });
  }

  private next(): void {
    const group = this.waiting;
    this.waiting = [];
    this.isRunning = group.length > 0;
    if (!this.isRunning) return;
    const folders = new Map<string, FolderSync>();
    let left = group.length;
    const ended = (): void => {
      left -= 1;
      if (left === 0) this.next();
    };
    for (const each of group) {
      const names = folders.get(each.folder) ?? new FolderSync(each.folder);
      folders.set(each.folder, names);
      fdatasync(each.file, (error) => {
        names.whenDone((folderError) => {
          const failure = error ?? folderError;
          if (failure === null) each.resolve();
          else each.reject(failure);
          ended();
        });
      });
    }
    for (const names of folders.values()) names.start();
  }
}

/** One sync of a folder, and who waits for it. */
class FolderSync {
  private readonly path: string;
  private readonly listeners: ((error: unknown) => void)[] = [];
  private outcome: { readonly error: unknown } | null = null;

  constructor(path: string) {
    this.path = path;
  }

  start(): void {
    // Windows has no fsync for folders; NTFS journals names by itself.
    if (process.platform === "win32") {
      this.end(null);
      return;
    }
    try {
      const folder = openSync(this.path, "r");
      fsync(folder, (error) => {
        closeSync(folder);
        this.end(error);
      });
    } catch (error) {
      this.end(error);
    }
  }

  whenDone(listener: (error: unknown) => void): void {
    if (this.outcome === null) this.listeners.push(listener);
    else listener(this.outcome.error);
  }

  private end(error: unknown): void {
    this.outcome = { error };
    for (const listener of this.listeners) listener(error);
  }
}
