import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Clock } from "../../../../agent-host/core/clock.ts";
import {
  type Journal,
  type OpenJournalOptions,
  openJournal,
} from "../../../../agent-host/journal/journal.ts";
import { nodeSegmentFiles, type SegmentFiles } from "../../../../agent-host/journal/segment-files.ts";
import type { EventDraft } from "../../../../agent-host/protocol/events.ts";
import type { Actor } from "../../../../agent-host/protocol/journal.ts";

export const workspaceId = "0123456789abcdef";
export const hostActor: Actor = { kind: "system", id: "host", role: "system" };

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** A new folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Time that moves only when the test says so. */
export class ManualClock implements Clock {
  private ms = Date.parse("2026-01-02T03:04:05.000Z");
  private readonly sleepers: { untilMs: number; wake: () => void }[] = [];

  now(): Date {
    return new Date(this.ms);
  }

  monotonicMs(): number {
    return this.ms;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.sleepers.push({ untilMs: this.ms + ms, wake: resolve });
    });
  }

  get sleeping(): number {
    return this.sleepers.length;
  }

  /** Moves time, also backwards, and wakes who has slept long enough. */
  advance(ms: number): void {
    this.ms += ms;
    for (const sleeper of this.sleepers.filter((each) => each.untilMs <= this.ms)) {
      this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
      sleeper.wake();
    }
  }
}

/** Real files that are closed when the test ends, also those of a journal that was left as by a crash. */
export const closedLater: SegmentFiles = {
  async create(path) {
    const file = await nodeSegmentFiles.create(path);
    onTestFinished(() => file.close());
    return file;
  },
  exists: nodeSegmentFiles.exists,
};

/** Opens a journal in `directory` with a manual clock. */
export async function openIn(directory: string, more: Partial<OpenJournalOptions> = {}): Promise<Journal> {
  return await openJournal({
    directory,
    workspaceId,
    clock: new ManualClock(),
    host: { version: "1.0.0", pid: 42, mode: "command-line" },
    actor: hostActor,
    files: closedLater,
    onListenerError: (error) => {
      throw error;
    },
    ...more,
  });
}

/** A small event that differs by `name`. */
export function event(name: string): EventDraft {
  return { type: "auth.succeeded", actor: hostActor, data: { client: name } };
}
