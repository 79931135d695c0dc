import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../agent-host/core/clock.ts";
import { type Journal, openJournal } from "../../../agent-host/journal/journal.ts";
import { openJournalReadOnly } from "../../../agent-host/journal/journal-reader.ts";
import { verifyJournal } from "../../../agent-host/journal/verify-journal.ts";
import type { Actor, Entry } from "../../../agent-host/protocol/journal.ts";
import { runWriter } from "../../support/journal-child.ts";

const never = new AbortController().signal;
const actor: Actor = { kind: "system", id: "host", role: "system" };

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(directory: string): Promise<Journal> {
  return await openJournal({
    directory,
    workspaceId: "0123456789abcdef",
    clock: systemClock,
    host: { version: "1.0.0", pid: process.pid, mode: "command-line" },
    actor,
    onListenerError: (error) => {
      throw error;
    },
  });
}

async function allEntries(directory: string): Promise<Entry[]> {
  const reader = await openJournalReadOnly({ directory });
  return await reader.read({ limit: 1_000_000 }, never);
}

/** Names of entries as the journal has them, for those seqs that somebody was told of. */
function namesOf(entries: readonly Entry[], seqs: Iterable<number>): Map<number, unknown> {
  return new Map([...seqs].map((seq) => [seq, entries[seq - 1]?.data.client]));
}

test("a writer killed at any moment loses nothing it acknowledged, and the next goes on without a hole", async () => {
  const directory = await temporaryFolder();
  const acknowledged = new Map<number, string>();
  for (let round = 1; round <= 25; round += 1) {
    let lines = 0;
    const killAt = 1 + Math.floor(Math.random() * 400);
    const result = await runWriter({ directory, writers: 1 + (round % 16), entries: 100_000 }, (_, child) => {
      lines += 1;
      if (lines === killAt) child.kill("SIGKILL");
    });
    for (const [seq, name] of result.acknowledged) {
      expect(acknowledged.has(seq), `entry ${seq} was acknowledged twice`).toBe(false);
      acknowledged.set(seq, name);
    }
    const report = await verifyJournal({ directory }, never);
    expect(["ok", "torn"], JSON.stringify(report)).toContain(report.status);
  }
  const journal = await open(directory);
  await journal.close("done");
  const entries = await allEntries(directory);
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  expect(acknowledged.size).toBeGreaterThan(25);
  expect(namesOf(entries, acknowledged.keys())).toEqual(acknowledged);
  expect((await verifyJournal({ directory }, never)).status).toBe("ok");
}, 180_000);

test("of two writers on one folder the older is fenced, and nothing acknowledged by either is lost", async () => {
  const directory = await temporaryFolder();
  let newer: Promise<{ journal: Journal; entries: Entry[] }> | null = null;
  let lines = 0;
  const older = await runWriter({ directory, writers: 8, entries: 300 }, () => {
    lines += 1;
    if (lines === 100) newer = takeOver(directory);
  });
  if (newer === null) expect.fail(`the older writer ended early: ${older.errors}`);
  const { journal, entries: own } = await (newer as Promise<{ journal: Journal; entries: Entry[] }>);
  await journal.close("done");

  expect(new Set(older.refused)).toEqual(new Set(["journal.fenced"]));
  expect(older.state).toEqual({ kind: "fenced" });
  const entries = await allEntries(directory);
  expect(namesOf(entries, older.acknowledged.keys())).toEqual(older.acknowledged);
  for (const entry of own) expect(entries[entry.seq - 1]).toEqual(entry);
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  expect((await verifyJournal({ directory }, never)).status).toBe("ok");
});

async function takeOver(directory: string): Promise<{ journal: Journal; entries: Entry[] }> {
  const journal = await open(directory);
  const appends = Array.from({ length: 50 }, (_, index) =>
    journal.append([{ type: "auth.succeeded", actor, data: { client: `newer-${index}` } }], never),
  );
  return { journal, entries: (await Promise.all(appends)).flat() };
}

test("a crowd of writers starting at once leaves one that is not fenced", async () => {
  const directory = await temporaryFolder();
  const results = await Promise.all(
    Array.from({ length: 5 }, () => runWriter({ directory, writers: 2, entries: 20 })),
  );
  const entries = await allEntries(directory);
  for (const { acknowledged } of results) expect(namesOf(entries, acknowledged.keys())).toEqual(acknowledged);
  expect(results.some(({ acknowledged }) => acknowledged.size === 40)).toBe(true);
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  const report = await verifyJournal({ directory }, never);
  expect(report.status, JSON.stringify(report)).toBe("ok");
});
