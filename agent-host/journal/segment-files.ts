import { existsSync, fdatasync, write, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { privateFileMode } from "../core/durable-file.ts";
import { HostError } from "../core/host-error.ts";

/** A segment this host created and alone may write. */
export interface SegmentFile {
  /** Writes all of `bytes` at `position`, or rejects; a part may have been written then. */
  write(bytes: Buffer, position: number): Promise<void>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** What the journal asks of the file system when it writes; a parameter so that tests can make it fail. */
export interface SegmentFiles {
  /** Creates a new, empty file (0600). Rejects with `EEXIST` if the name is taken. */
  create(path: string): Promise<SegmentFile>;
  /** Synchronous on purpose: it runs between each fdatasync and its acknowledgement, where a thread hop costs most. */
  exists(path: string): boolean;
}

export const nodeSegmentFiles: SegmentFiles = {
  async create(path) {
    const handle = await open(path, "wx", privateFileMode);
    await handle.chmod(privateFileMode);
    return {
      write: (bytes, position) => writeAll(handle.fd, bytes, position),
      datasync: () => syncData(handle.fd),
      truncate: (length) => handle.truncate(length),
      close: () => handle.close(),
    };
  },
  exists: existsSync,
};

/** Up to here a batch is put into the system's memory in less time than a thread takes to wake up. */
const smallBatchBytes = 256 * 1_024;

// The callback functions: a file handle's promises cost a tenth of a small batch.
function writeAll(fd: number, bytes: Buffer, position: number): Promise<void> {
  if (bytes.length <= smallBatchBytes) return writeSmall(fd, bytes, position);
  return new Promise((resolve, reject) => {
    const step = (offset: number): void => {
      write(fd, bytes, offset, bytes.length - offset, position + offset, (error, written) => {
        if (error !== null) reject(error);
        else if (written === 0) reject(new HostError("journal.writeFailed", "The disk took no bytes"));
        else if (offset + written === bytes.length) resolve();
        else step(offset + written);
      });
    };
    step(0);
  });
}

async function writeSmall(fd: number, bytes: Buffer, position: number): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const written = writeSync(fd, bytes, offset, bytes.length - offset, position + offset);
    if (written === 0) throw new HostError("journal.writeFailed", "The disk took no bytes");
    offset += written;
  }
}

function syncData(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}
