import { execFileSync } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../agent-host/core/clock.ts";
import { type Journal, openJournal } from "../../agent-host/journal/journal.ts";
import { verifyJournal } from "../../agent-host/journal/verify-journal.ts";
import type { EventDraft } from "../../agent-host/protocol/events.ts";
import type { Actor } from "../../agent-host/protocol/journal.ts";
import { runWriter } from "../support/journal-child.ts";

const never = new AbortController().signal;
const actor: Actor = { kind: "system", id: "host", role: "system" };
const event: EventDraft = { type: "auth.succeeded", actor, data: { client: "x".repeat(150) } };

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A file system of 1 MB of its own. */
async function smallDisk(): Promise<string> {
  const folder = await temporaryFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "agent-team-test", folder]);
  onTestFinished(() => {
    execFileSync("umount", [folder]);
  });
  return folder;
}

async function open(directory: string): Promise<Journal> {
  return await openJournal({
    directory,
    workspaceId: "0123456789abcdef",
    clock: systemClock,
    host: { version: "1.0.0", pid: process.pid, mode: "command-line" },
    actor,
    // head.json cannot be written either while the disk is full.
    onListenerError: () => undefined,
  });
}

async function fill(path: string): Promise<void> {
  for (const size of [65_536, 4_096, 1]) {
    const block = Buffer.alloc(size);
    try {
      for (;;) await appendFile(path, block);
    } catch (error) {
      expect(error).toMatchObject({ code: "ENOSPC" });
    }
  }
}

test("on a full disk the journal refuses, stays as it was, and goes on when there is space", async () => {
  const disk = await smallDisk();
  const directory = join(disk, "state");
  const journal = await open(directory);
  onTestFinished(() => journal.close("end of the test"));
  await journal.append([event], never);
  await fill(join(disk, "filler"));

  let acknowledged = journal.head.seq;
  let refusal: unknown = null;
  while (refusal === null) {
    await journal
      .append(
        Array.from({ length: 20 }, () => event),
        never,
      )
      .catch((error: unknown) => {
        refusal = error;
      });
    if (refusal === null) acknowledged = journal.head.seq;
  }
  expect(refusal).toMatchObject({ code: "journal.full" });
  expect(journal.state).toMatchObject({ kind: "read-only", reason: "full" });
  expect(journal.head.seq).toBe(acknowledged);
  const path = join(directory, "journal", "000001.jsonl");
  expect((await readFile(path, "utf8")).trimEnd().split("\n")).toHaveLength(acknowledged);
  expect((await journal.read({ limit: 1, newestFirst: true }, never))[0]?.seq).toBe(acknowledged);

  await rm(join(disk, "filler"));
  const [entry] = await journal.append([event], never);
  expect(entry?.seq).toBe(acknowledged + 1);
  expect(journal.state).toEqual({ kind: "open" });
  await journal.close("done");
  expect(await verifyJournal({ directory }, never)).toMatchObject({
    status: "ok",
    entries: acknowledged + 2,
  });
});

test("a host cannot start on a full disk, says why, and can once there is space", async () => {
  const disk = await smallDisk();
  const directory = join(disk, "state");
  await (await open(directory)).close("done");
  await fill(join(disk, "filler"));
  await expect(open(directory)).rejects.toMatchObject({
    code: expect.stringMatching(/^(journal\.full|ENOSPC)$/),
  });
  await rm(join(disk, "filler"));
  const journal = await open(directory);
  await journal.close("done");
  expect(await verifyJournal({ directory }, never)).toMatchObject({ status: "ok", entries: 5 });
});

// One thread, as strace counts the calls of each thread on its own.
const oneThread = { UV_THREADPOOL_SIZE: "1" };

function injecting(what: string): string[] {
  const call = what.split(":", 1)[0] ?? "";
  return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${what}`];
}

test("after one failed fdatasync no entry is acknowledged any more, although later calls would succeed", async () => {
  const directory = await temporaryFolder();
  const result = await runWriter({
    directory,
    writers: 1,
    entries: 6,
    prefix: injecting("fdatasync:error=EIO:when=3"),
    env: oneThread,
  });
  expect([...result.acknowledged.keys()], result.errors).toEqual([3]);
  expect(result.refused).toEqual(Array.from({ length: 5 }, () => "journal.writeFailed"));
  expect(result.state).toMatchObject({ kind: "read-only", reason: "write-failed" });
  const report = await verifyJournal({ directory }, never);
  expect(report.status).toBe("ok");
  const lines = (await readFile(join(directory, "journal", "000001.jsonl"), "utf8")).trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(4);
});

for (const call of ["pwrite64", "fdatasync", "fsync", "/^rename"]) {
  test(`a host that dies in any of its ${call.replace(/\W/g, "")} calls leaves a journal the next one can continue`, async () => {
    const directory = await temporaryFolder();
    const acknowledged = new Map<number, string>();
    let killed = 0;
    for (let when = 1; when <= 6; when += 1) {
      const result = await runWriter({
        directory,
        writers: 2,
        entries: 4,
        prefix: injecting(`${call}:signal=KILL:when=${when}`),
        env: oneThread,
      });
      if (!result.closed) killed += 1;
      for (const [seq, name] of result.acknowledged) acknowledged.set(seq, name);
      const report = await verifyJournal({ directory }, never);
      expect(["ok", "torn"], JSON.stringify(report)).toContain(report.status);
    }
    expect(killed).toBeGreaterThan(0);
    const journal = await open(directory);
    const entries = await journal.read({ limit: 10_000 }, never);
    await journal.close("done");
    for (const [seq, name] of acknowledged) expect(entries[seq - 1]?.data.client).toBe(name);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect((await verifyJournal({ directory }, never)).status).toBe("ok");
    expect((await readdir(directory)).sort()).toEqual(["head.json", "journal"]);
  });
}
