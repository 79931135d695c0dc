import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { temporarySuffix, writeFileDurably } from "../core/durable-file.ts";
import { systemErrorCode } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import type { Head } from "../protocol/journal.ts";

/** How long `head.json` may lag behind the journal while it grows. */
const headIntervalMs = 1_000;
const maxHeadBytes = 4_096;

/** `exact`: byte for byte as this program writes it. */
export type HeadOnDisk =
  | { kind: "present"; head: Head; exact: boolean }
  | { kind: "missing" }
  | { kind: "malformed" };

export function headPath(directory: string): string {
  return join(directory, "head.json");
}

export async function readHead(directory: string): Promise<HeadOnDisk> {
  try {
    const text = await readSmallFile(headPath(directory), maxHeadBytes);
    if (text === null) return { kind: "malformed" };
    const head = exactHead(text);
    return head === null ? await parsedHead(text) : { kind: "present", head, exact: true };
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return { kind: "missing" };
    if (error instanceof SyntaxError) return { kind: "malformed" };
    throw error;
  }
}

/** Removes what crashes left of half-written heads. */
export async function removeHeadLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory);
  const leftovers = names.filter((name) => name.startsWith("head.json.") && name.endsWith(temporarySuffix));
  await Promise.all(leftovers.map((name) => rm(join(directory, name), { force: true })));
}

/** Keeps `head.json` at most about a second behind. A head that cannot be written is reported and tried again. */
export class HeadKeeper {
  private latest: Head | null = null;
  private writing: Promise<void> | null = null;
  private readonly stop = new AbortController();
  private readonly directory: string;
  private readonly clock: Clock;
  private readonly onError: (error: unknown) => void;

  constructor(options: { directory: string; clock: Clock; onError: (error: unknown) => void }) {
    this.directory = options.directory;
    this.clock = options.clock;
    this.onError = options.onError;
  }

  /** Says that `head` is durable in the journal; it reaches the file within about a second. */
  note(head: Head): void {
    this.latest = head;
    if (!this.stop.signal.aborted) this.writing ??= this.writeUntilCurrent();
  }

  /** Ends the delayed writing; with `writeLast`, the file names the latest head afterwards. */
  async close(options: { writeLast: boolean }): Promise<void> {
    this.stop.abort();
    await this.writing;
    if (options.writeLast && this.latest !== null) await this.write(this.latest);
  }

  private async writeUntilCurrent(): Promise<void> {
    let written: Head | null = null;
    while (this.latest !== null && this.latest !== written && (await this.intervalPassed())) {
      const head: Head = this.latest;
      if (await this.write(head)) written = head;
    }
    this.writing = null;
  }

  /** False when closing; `close` writes the last head if there is one to write. */
  private async intervalPassed(): Promise<boolean> {
    try {
      await this.clock.sleep(headIntervalMs, this.stop.signal);
      return true;
    } catch {
      // The only reason is our own abort.
      return false;
    }
  }

  private async write(head: Head): Promise<boolean> {
    try {
      await writeFileDurably(headPath(this.directory), headText(head));
      return true;
    } catch (error) {
      this.onError(error);
      return false;
    }
  }
}

const exactPattern = /^\{"seq":(0|[1-9]\d{0,14}),"hash":"([0-9a-f]{64})"\}\n$/;

/** The head as this program writes it, read without its schema: every host that starts does so. */
function exactHead(text: string): Head | null {
  const [, seq, hash] = exactPattern.exec(text) ?? [];
  return seq === undefined || hash === undefined ? null : { seq: Number(seq), hash };
}

async function parsedHead(text: string): Promise<HeadOnDisk> {
  const { headSchema } = await import("../protocol/journal.ts");
  const parsed = headSchema.safeParse(JSON.parse(text));
  return parsed.success ? { kind: "present", head: parsed.data, exact: false } : { kind: "malformed" };
}

function headText({ seq, hash }: Head): string {
  return `${JSON.stringify({ seq, hash })}\n`;
}
