import type { EventDraft } from "../protocol/events.ts";
import { countBySeverity, type Finding } from "../protocol/finding.ts";
import type { Actor } from "../protocol/journal.ts";
import type { RunLog } from "./run-log.ts";

const maxBatch = 500;

/** Findings as one entry; at most 500. */
export async function findingEntry(
  log: RunLog,
  { taskId, actor }: { taskId: string; actor: Actor },
  findings: readonly Finding[],
): Promise<EventDraft> {
  const kept = await log.keep(JSON.stringify(findings));
  const data = { counts: countBySeverity(findings), findings: kept };
  return { type: "finding.reported", taskId, actor, data };
}

/** Journals findings as they come in: in order, in batches, one write at a time. */
export class FindingBatches {
  private readonly log: RunLog;
  readonly taskId: string;
  readonly actor: Actor;
  private waiting: Finding[] = [];
  private writing: Promise<void> | null = null;

  constructor(log: RunLog, given: { taskId: string; actor: Actor }) {
    this.log = log;
    this.taskId = given.taskId;
    this.actor = given.actor;
  }

  add(findings: readonly Finding[]): void {
    this.waiting.push(...findings);
    // An error is kept in the promise and thrown by `settled`.
    this.writing ??= this.writeAll();
    this.writing.catch(() => undefined);
  }

  /** Resolves when everything added so far is durable. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, maxBatch);
      this.waiting = this.waiting.slice(maxBatch);
      await this.log.record([await findingEntry(this.log, this, batch)]);
    }
    this.writing = null;
  }
}
