import { join } from "node:path";
import { makePrivateFolder, syncFolder } from "../core/durable-file.ts";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import type { EventData } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import { journalFormat, zeroHash } from "../protocol/journal-format.ts";
import { type AcceptedTail, findAcceptedTail } from "./accepted-tail.ts";
import type { ChainEnd } from "./chain-writer.ts";
import { ownEntry, type PreparedEntry } from "./entry-line.ts";
import { readHead, removeHeadLeftovers } from "./head-file.ts";
import { readJournalFormat } from "./journal-format.ts";
import type { SegmentFile, SegmentFiles } from "./segment-files.ts";
import { journalFolder, listSegments, segmentName } from "./segment-name.ts";

export interface TakeoverOptions {
  readonly directory: string;
  readonly workspaceId: string;
  readonly host: {
    readonly version: string;
    readonly pid: number;
    readonly mode: EventData<"host.started">["mode"];
  };
  readonly actor: Actor;
}

/** A segment that is now ours, and where the chain goes on. */
export interface Takeover {
  readonly folder: string;
  readonly segment: number;
  readonly file: SegmentFile;
  readonly end: ChainEnd;
  /** What stands first in the segment. */
  readonly openingEntries: readonly PreparedEntry[];
}

/**
 * Makes this process the journal's host: creates the next segment, which fences any older host, and only then looks
 * where the journal ends. The caller closes `file`.
 *
 * @throws HostError `journal.newerFormat`, `journal.damaged`.
 */
export async function takeOver(options: TakeoverOptions, files: SegmentFiles): Promise<Takeover> {
  const folder = journalFolder(options.directory);
  await makePrivateFolder(options.directory);
  await makePrivateFolder(folder);
  await refuseUnusable(options, folder);
  const { segment, file } = await createNextSegment(folder, files);
  try {
    await syncFolder(folder);
    // Invariant: only now, with the fence in place, is the end of the journal certain.
    const tail = await readTail(options, folder, segment);
    return {
      folder,
      segment,
      file,
      end: chainEnd(tail),
      openingEntries: openingEntries(options, segment, tail),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function refuseUnusable(options: TakeoverOptions, folder: string): Promise<void> {
  const format = await readJournalFormat(folder);
  if (format !== null && format > journalFormat) {
    throw new HostError(
      "journal.newerFormat",
      `The journal has format ${format}; this release writes ${journalFormat}`,
      {
        hint: "Use the newer release; this one can only read the journal",
      },
    );
  }
  // Looked at once without a segment of our own, so that a host that keeps failing here leaves no trail of files.
  await readTail(options, folder, Number.POSITIVE_INFINITY);
  await removeHeadLeftovers(options.directory);
}

async function createNextSegment(
  folder: string,
  files: SegmentFiles,
): Promise<{ segment: number; file: SegmentFile }> {
  for (;;) {
    const segment = ((await listSegments(folder)).at(-1) ?? 0) + 1;
    try {
      return { segment, file: await files.create(join(folder, segmentName(segment))) };
    } catch (error) {
      // Another host was faster, or the one we fence has just rolled: take the one after.
      if (systemErrorCode(error) !== "EEXIST") throw error;
    }
  }
}

async function readTail(
  options: TakeoverOptions,
  folder: string,
  below: number,
): Promise<AcceptedTail | null> {
  // The head first: a host that is still writing only adds to what it names.
  const onDisk = await readHead(options.directory);
  const segments = (await listSegments(folder)).filter((segment) => segment < below);
  const tail = await findAcceptedTail(folder, segments, onDisk.kind === "present" ? onDisk.head : null);
  if (tail !== null && tail.last.workspaceId !== options.workspaceId) {
    throw new HostError("journal.damaged", "The journal belongs to another workspace", {
      hint: "Run `agent-team audit verify`; move the journal folder away to start a new one",
    });
  }
  return tail;
}

function chainEnd(tail: AcceptedTail | null): ChainEnd {
  if (tail === null) return { seq: 0, hash: zeroHash, timeMs: 0 };
  const { seq, hash, time } = tail.last;
  return { seq, hash, timeMs: Date.parse(time) };
}

function openingEntries(
  options: TakeoverOptions,
  segment: number,
  tail: AcceptedTail | null,
): PreparedEntry[] {
  const { actor, host, workspaceId } = options;
  const started = ownEntry(workspaceId, {
    type: "host.started",
    actor,
    data: {
      hostVersion: host.version,
      pid: host.pid,
      mode: host.mode,
      segment: segmentName(segment),
      previous:
        tail === null
          ? null
          : {
              segment: segmentName(tail.segment),
              acceptedBytes: tail.acceptedBytes,
              fencedBytes: tail.fencedBytes,
            },
    },
  });
  if (tail !== null) return [started];
  const data = { format: journalFormat, workspaceId };
  return [ownEntry(workspaceId, { type: "journal.created", actor, data }), started];
}
