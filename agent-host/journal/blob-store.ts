import { randomBytes as systemRandomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { makePrivateFolder, privateFileMode, syncFolder } from "../core/durable-file.ts";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import { LruCache } from "../core/lru-cache.ts";
import { type BlobRef, maxTextBytes } from "../protocol/blob.ts";
import { runIdSchema, sha256Schema } from "../protocol/ids.ts";
import { FileSync } from "./file-sync.ts";
import { sha256Hex } from "./sha256.ts";

/** The most a blob may hold, in bytes. */
export const maxBlobBytes = 16 * 1_024 * 1_024;

/** A blob starts with this many random bytes, so that its name tells nothing about its text. */
const saltBytes = 16;
const poolBytes = 4_096;

/** The texts and other long contents of runs, one file each, named after the SHA-256 of the file. */
export interface BlobStore {
  /**
   * Stores content so that it is durable before the event that points to it.
   *
   * @throws HostError `blob.tooLarge` over 16 MiB; `blob.badName` for a run id that is none.
   */
  put(runId: string, content: string | Uint8Array, signal: AbortSignal): Promise<BlobRef>;
  /**
   * The content that was put.
   *
   * @throws HostError `blob.missing`, also after its run was deleted; `blob.damaged` if its hash is wrong;
   * `blob.badName`.
   */
  get(runId: string, name: string, signal: AbortSignal): Promise<Buffer>;
  /** The content, if it was put so lately that it is still in memory; else null. */
  recent(runId: string, name: string): Buffer | null;
  /** Removes the run's whole folder: blobs, reports, trees. Does nothing if it is gone. */
  deleteRun(runId: string, signal: AbortSignal): Promise<void>;
}

/** Blobs in `<directory>/runs/<runId>/blobs/`. `directory` is the workspace's state folder. */
export function createBlobStore(options: {
  directory: string;
  randomBytes?: (size: number) => Uint8Array;
}): BlobStore {
  return new FileBlobStore(options.directory, options.randomBytes ?? new RandomPool().take);
}

/** Folders that are known to be there; more are looked for again. */
const maxKnownFolders = 64;

class FileBlobStore implements BlobStore {
  /** By run. */
  private readonly knownFolders = new Map<string, string>();
  /** What was just put is read back at once, to be sent beside its entry. At most 4 MiB. */
  private readonly kept = new LruCache<string, Buffer>(512);
  private readonly sync = new FileSync();
  private readonly runsFolder: string;
  private readonly randomBytes: (size: number) => Uint8Array;

  constructor(directory: string, randomBytes: (size: number) => Uint8Array) {
    this.runsFolder = join(directory, "runs");
    this.randomBytes = randomBytes;
  }

  async put(runId: string, content: string | Uint8Array, signal: AbortSignal): Promise<BlobRef> {
    const folder = this.knownFolders.get(runId) ?? this.blobFolder(runId);
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    if (bytes.length > maxBlobBytes) {
      throw new HostError("blob.tooLarge", `A blob holds at most ${maxBlobBytes} bytes, not ${bytes.length}`);
    }
    const file = Buffer.concat([this.randomBytes(saltBytes), bytes]);
    const name = sha256Hex(file);
    signal.throwIfAborted();
    try {
      if (!this.knownFolders.has(runId)) await this.makeFolder(runId, folder);
      await this.writeNew(folder, name, file);
    } catch (error) {
      // Somebody removed it meanwhile: the next blob looks again.
      this.knownFolders.delete(runId);
      throw error;
    }
    if (bytes.length <= maxTextBytes) this.kept.set(`${runId}/${name}`, file);
    return { blob: name, size: bytes.length };
  }

  async get(runId: string, name: string, signal: AbortSignal): Promise<Buffer> {
    const folder = this.blobFolder(runId);
    if (!sha256Schema.safeParse(name).success) throw badName("blob name");
    const recent = this.recent(runId, name);
    if (recent !== null) return recent;
    const file = await readBlob(join(folder, name), signal);
    if (sha256Hex(file) !== name) {
      throw new HostError("blob.damaged", `Blob ${name} of run ${runId} was changed on disk`, {
        hint: "Its content cannot be trusted; the journal itself is not affected",
      });
    }
    return file.subarray(saltBytes);
  }

  recent(runId: string, name: string): Buffer | null {
    return this.kept.get(`${runId}/${name}`)?.subarray(saltBytes) ?? null;
  }

  async deleteRun(runId: string, signal: AbortSignal): Promise<void> {
    const folder = this.runFolder(runId);
    signal.throwIfAborted();
    this.knownFolders.delete(runId);
    this.kept.clear();
    await rm(folder, { recursive: true, force: true });
    try {
      await syncFolder(this.runsFolder);
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT") throw error;
    }
  }

  /**
   * Under its final name at once: nobody knows the name before it is durable, and a part that a crash leaves behind is
   * never pointed to. Only what waits for the disk goes to a thread: the rest is done from memory in less time than a
   * thread takes to wake up, and a task writes several blobs a turn.
   */
  private async writeNew(folder: string, name: string, content: Uint8Array): Promise<void> {
    const path = `${folder}${sep}${name}`;
    const file = openSync(path, "wx", privateFileMode);
    try {
      for (let offset = 0; offset < content.length; ) offset += writeSync(file, content, offset);
      await this.sync.add(file, folder);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  }

  private async makeFolder(runId: string, folder: string): Promise<void> {
    await makePrivateFolder(folder);
    if (this.knownFolders.size >= maxKnownFolders) this.knownFolders.clear();
    this.knownFolders.set(runId, folder);
  }

  private blobFolder(runId: string): string {
    return join(this.runFolder(runId), "blobs");
  }

  private runFolder(runId: string): string {
    // The schema's alphabet has no separator and no dot, so no id leads out of the folder.
    if (!runIdSchema.safeParse(runId).success) throw badName("run id");
    return join(this.runsFolder, runId);
  }
}

/** Random bytes from the system, fetched many at a time: each question costs as much as writing a small file. */
class RandomPool {
  private pool = new Uint8Array(0);
  private used = 0;

  readonly take = (size: number): Uint8Array => {
    if (this.used + size > this.pool.length) {
      this.pool = systemRandomBytes(Math.max(size, poolBytes));
      this.used = 0;
    }
    this.used += size;
    return this.pool.subarray(this.used - size, this.used);
  };
}

async function readBlob(path: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readFile(path, { signal });
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new HostError("blob.missing", "The blob does not exist; its run may have been deleted", {
      cause: error,
    });
  }
}

function badName(what: string): HostError {
  return new HostError("blob.badName", `This is no ${what}`);
}
