import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { basename } from "node:path";
import { HostError, systemErrorCode } from "../core/host-error.ts";

// Windows has neither flag. A pipe in a segment's place must not block, a link must not lead elsewhere.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Opens a segment for reading. @throws HostError `journal.damaged` where something else has its name. */
export async function openSegment(path: string): Promise<FileHandle> {
  const file = await opened(path);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notASegment(path);
}

/** Bytes of a segment. @throws HostError `journal.damaged` where something else has its name. */
export async function segmentSize(path: string): Promise<number> {
  const status: Stats = await lstat(path);
  if (!status.isFile()) throw notASegment(path);
  return status.size;
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, readFlags);
  } catch (error) {
    // ELOOP: a link. ENXIO: a socket.
    const code = systemErrorCode(error);
    if (code === "ELOOP" || code === "ENXIO") throw notASegment(path);
    throw error;
  }
}

function notASegment(path: string): HostError {
  return new HostError("journal.damaged", `${basename(path)} has the name of a segment but is no file`, {
    hint: "Run `agent-team audit verify`; move what is not a segment out of the journal folder",
  });
}
