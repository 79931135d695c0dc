import { hash } from "node:crypto";
import { fdatasync, write } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "../../agent-host/core/clock.ts";
import { type Journal, openJournal } from "../../agent-host/journal/journal.ts";
import { verifyJournal } from "../../agent-host/journal/verify-journal.ts";
import type { EventDraft } from "../../agent-host/protocol/events.ts";
import { alternate, median } from "./measure.ts";

const writers = 64;
const appendsPerWriter = 150;
const rounds = 15;
const historyEntries = 100_000;

const never = new AbortController().signal;
const actor = { kind: "system", id: "host", role: "system" } as const;
const draft: EventDraft = { type: "auth.succeeded", actor, data: { client: "window of the editor" } };

/** Measures the journal against what it is made of, on the disk of the temporary folder. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-bench-"));
  try {
    const full = join(folder, "full");
    await measureThroughput(folder);
    await fill(full);
    await measureGrowth(join(folder, "new"), full);
    await measureOpening(full);
    await measureVerification(full);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureThroughput(folder: string): Promise<void> {
  const journal = await openIn(join(folder, "throughput"));
  const raw = await RawLog.open(
    join(folder, "raw"),
    JSON.stringify((await journal.append([draft], never))[0]).length,
  );
  const ourRound = (): Promise<number> =>
    timed(() => append(writers, appendsPerWriter, () => journal.append([draft], never)));
  const rawRound = (): Promise<number> => timed(() => append(writers, appendsPerWriter, () => raw.append()));
  // Once each for the compiler.
  await alternate(2, ourRound, rawRound);
  const { a: ours, b: limit } = await alternate(rounds, ourRound, rawRound);
  await journal.close("done");
  await raw.close();
  const perSecond = Math.round((writers * appendsPerWriter * 1_000) / ours);
  report("journal.append 64 writers", limit / ours, 0.8, `x of raw group commit, ${perSecond} a second`);
}

async function measureGrowth(empty: string, full: string): Promise<void> {
  const [none, many] = [await openIn(empty), await openIn(full)];
  const { a: before, b: after } = await alternate(
    rounds,
    () => medianAppend(none),
    () => medianAppend(many),
  );
  await none.close("done");
  await many.close("done");
  const times = `${before.toFixed(3)} ms with none, ${after.toFixed(3)} ms with ${historyEntries}`;
  report("journal.append p50 as the journal grows", before / after, 0.9, `x (${times})`);
}

async function measureOpening(full: string): Promise<void> {
  const times: number[] = [];
  const reads: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const journal = await openIn(full);
    times.push(performance.now() - start);
    const { signal } = new AbortController();
    reads.push(await timed(() => journal.read({ limit: 200, newestFirst: true }, signal)));
    await journal.close("done");
  }
  const read = `newest 200 entries in ${median(reads).toFixed(1)} ms`;
  console.log(`journal.open with ${historyEntries} entries: ${median(times).toFixed(1)} ms, ${read}`);
}

async function measureVerification(full: string): Promise<void> {
  const bytes = await sizeOf(join(full, "journal"));
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(await timed(() => verifyJournal({ directory: full }, never)));
  }
  report("journal.verify", bytes / 1_000 / median(times), 200, `MB/s (${(bytes / 1e6).toFixed(0)} MB)`);
}

function report(name: string, value: number, goal: number, unit: string): void {
  const missed = value < goal;
  if (missed) process.exitCode = 1;
  const shown = value < 10 ? value.toFixed(2) : value.toFixed(0);
  console.log(
    `${name}: ${shown}${unit.startsWith("x") ? "" : " "}${unit} (goal ≥ ${goal})${missed ? " MISSED" : ""}`,
  );
}

async function append(count: number, each: number, once: () => Promise<unknown>): Promise<void> {
  const writer = async (): Promise<void> => {
    for (let index = 0; index < each; index += 1) await once();
  };
  await Promise.all(Array.from({ length: count }, writer));
}

async function medianAppend(journal: Journal): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < 200; index += 1) times.push(await timed(() => journal.append([draft], never)));
  return median(times);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function openIn(directory: string): Promise<Journal> {
  return await openJournal({
    directory,
    workspaceId: "0123456789abcdef",
    clock: systemClock,
    host: { version: "1.0.0", pid: process.pid, mode: "command-line" },
    actor,
    onListenerError: (error) => console.error(error),
  });
}

async function fill(directory: string): Promise<void> {
  const journal = await openIn(directory);
  const batch = Array.from({ length: 500 }, () => draft);
  while (journal.head.seq < historyEntries) await journal.append(batch, never);
  await journal.close("done");
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** The limit: group commit and a chain of hashes over lines of the same size, and nothing else. */
class RawLog {
  private waiting: (() => void)[] = [];
  private draining = false;
  private last = "0".repeat(64);
  private offset = 0;
  private readonly fd: number;
  private readonly payload: string;
  readonly close: () => Promise<void>;

  private constructor(file: { fd: number; close(): Promise<void> }, lineLength: number) {
    this.fd = file.fd;
    this.close = () => file.close();
    this.payload = "x".repeat(lineLength - this.last.length);
  }

  static async open(folder: string, lineLength: number): Promise<RawLog> {
    await mkdir(folder);
    return new RawLog(await open(join(folder, "log"), "wx"), lineLength);
  }

  append(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve);
      if (this.draining) return;
      this.draining = true;
      setImmediate(() => this.drain().catch(reject));
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      const bytes = this.chain(group.length);
      await writeAt(this.fd, bytes, 0, bytes.length, this.offset);
      await sync(this.fd);
      this.offset += bytes.length;
      for (const acknowledge of group) acknowledge();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.draining = false;
  }

  private chain(count: number): Buffer {
    let text = "";
    for (let index = 0; index < count; index += 1) {
      const line = this.payload + this.last;
      this.last = hash("sha256", line, "hex");
      text += `${line}\n`;
    }
    return Buffer.from(text);
  }
}

const writeAt = promisify(write) as (
  fd: number,
  bytes: Buffer,
  offset: number,
  length: number,
  position: number,
) => Promise<unknown>;
const sync = promisify(fdatasync);
