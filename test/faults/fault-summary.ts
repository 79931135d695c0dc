import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KillCounts } from "../support/kill-audit.ts";
import type { Driven } from "../support/kill-drive.ts";

/** What came of many runs that were killed. */
export class FaultSummary {
  readonly problems: string[] = [];
  readonly resumeMs: number[] = [];
  kills = 0;
  runs = 0;
  /** Runs that were killed at least once. */
  killedRuns = 0;
  readonly counts: KillCounts = {
    inFlight: 0,
    inDoubt: 0,
    begunAgain: 0,
    rerun: 0,
    lostCalls: 0,
    handedBackTwice: 0,
  };

  add(name: string, { kills, counts, problems, resumeMs }: Driven): void {
    this.kills += kills;
    this.runs += 1;
    this.killedRuns += kills > 0 ? 1 : 0;
    this.problems.push(...problems.map((problem) => `${name}: ${problem}`));
    this.resumeMs.push(...resumeMs);
    for (const key of Object.keys(this.counts) as (keyof KillCounts)[]) this.counts[key] += counts[key];
  }

  medianResumeMs(): number {
    return [...this.resumeMs].sort((a, b) => a - b)[Math.floor(this.resumeMs.length / 2)] ?? 0;
  }

  text(): string {
    const { kills, runs, counts, problems } = this;
    const perKill = (count: number): string =>
      `${count} (${(count / Math.max(1, kills)).toFixed(3)} per kill)`;
    const sorted = [...this.resumeMs].sort((a, b) => a - b);
    const at = (share: number): string =>
      `${Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)} ms`;
    return [
      `${kills} kills in ${runs} runs`,
      `completed effects run again: ${perKill(counts.rerun)}`,
      `effects in flight: ${perKill(counts.inFlight)}, of which in doubt: ${perKill(counts.inDoubt)}`,
      `begun again, as they had not happened: ${perKill(counts.begunAgain)}`,
      `model calls lost: ${perKill(counts.lostCalls)}, hand-backs taken twice: ${perKill(counts.handedBackTwice)}`,
      `resume to first news: median ${at(0.5)}, 95 % ${at(0.95)}, most ${at(1)} of ${sorted.length}`,
      `broken promises: ${problems.length}`,
    ].join("\n");
  }
}

/** The name of a run; one that broke a promise leaves its journal to be looked at. */
export async function titleOf(name: string, { problems, entries }: Driven): Promise<string> {
  if (problems.length === 0) return name;
  const file = join(await mkdtemp(join(tmpdir(), "agent-team-fault-")), "journal.jsonl");
  await writeFile(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return `${name} (${file})`;
}
