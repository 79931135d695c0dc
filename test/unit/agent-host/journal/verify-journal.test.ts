import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openJournalReadOnly } from "../../../../agent-host/journal/journal-reader.ts";
import { verifyJournal } from "../../../../agent-host/journal/verify-journal.ts";
import type { VerifyReport } from "../../../../agent-host/protocol/journal.ts";
import { event, never, openIn, temporaryFolder } from "./journal-fixture.ts";

/** Entries 1 to 6 and host.stopped (7) in the first segment; 8 to 11 in the second. */
async function closed(): Promise<string> {
  const directory = await temporaryFolder();
  const first = await openIn(directory);
  await first.append([event("a"), event("b"), event("c"), event("d")], never);
  await first.close("done");
  const second = await openIn(directory);
  await second.append([event("e"), event("f")], never);
  await second.close("done");
  return directory;
}

function segment(directory: string, number: number): string {
  return join(directory, "journal", `00000${number}.jsonl`);
}

async function changeLines(path: string, change: (lines: string[]) => string[]): Promise<void> {
  const lines = (await readFile(path, "utf8")).slice(0, -1).split("\n");
  await writeFile(path, `${change(lines).join("\n")}\n`);
}

async function verify(directory: string): Promise<VerifyReport> {
  return await verifyJournal({ directory }, never);
}

test("a clean journal is ok, and its head is the last entry", async () => {
  const directory = await closed();
  const head = JSON.parse(await readFile(join(directory, "head.json"), "utf8"));
  expect(await verify(directory)).toEqual({ status: "ok", entries: 11, head, fenced: [], warnings: [] });
});

test("a workspace without a journal is ok, with no entries", async () => {
  const directory = join(await temporaryFolder(), "none");
  expect(await verify(directory)).toEqual({ status: "ok", entries: 0, head: null, fenced: [], warnings: [] });
});

test("two swapped lines are named at the first of them", async () => {
  const directory = await closed();
  await changeLines(segment(directory, 1), ([a, b, c, d, ...rest]) => [a, b, d, c, ...rest] as string[]);
  expect(await verify(directory)).toMatchObject({
    status: "broken",
    firstBad: {
      seq: 3,
      segment: "000001.jsonl",
      line: 3,
      reason: expect.stringContaining("entry 3 is expected here, not 4"),
    },
  });
});

test("a deleted line is named", async () => {
  const directory = await closed();
  await changeLines(segment(directory, 2), (lines) => lines.toSpliced(1, 1));
  expect(await verify(directory)).toMatchObject({
    status: "broken",
    entries: 8,
    firstBad: { seq: 9, segment: "000002.jsonl", line: 2 },
  });
});

test("a deleted first, middle or last segment is found", async () => {
  const directory = await closed();
  const third = await openIn(directory);
  await third.close("done");
  await rename(segment(directory, 2), join(directory, "kept"));
  expect(await verify(directory)).toMatchObject({
    status: "broken",
    firstBad: { seq: 8, segment: "000002.jsonl", line: 1, reason: expect.stringContaining("missing") },
  });
  await rename(join(directory, "kept"), segment(directory, 2));
  await rename(segment(directory, 1), join(directory, "kept"));
  expect(await verify(directory)).toMatchObject({
    status: "broken",
    firstBad: { seq: 1, segment: "000001.jsonl" },
  });
  await rename(join(directory, "kept"), segment(directory, 1));
  await rm(segment(directory, 3));
  expect(await verify(directory)).toMatchObject({ status: "truncated", entries: 11, firstBad: { seq: 12 } });
});

test("all segments gone is truncated, as head.json still names entries", async () => {
  const directory = await closed();
  await rm(join(directory, "journal"), { recursive: true });
  expect(await verify(directory)).toMatchObject({ status: "truncated", entries: 0, firstBad: { seq: 1 } });
});

test("a line of another workspace's journal does not fit", async () => {
  const directory = await closed();
  const other = await temporaryFolder();
  const foreign = await openIn(other, { workspaceId: "fedcba9876543210" });
  await foreign.append([event("a"), event("b")], never);
  await foreign.close("done");
  const lines = (await readFile(segment(other, 1), "utf8")).split("\n");
  await changeLines(segment(directory, 1), (own) => own.toSpliced(3, 1, lines[3] ?? ""));
  expect(await verify(directory)).toMatchObject({ status: "broken", firstBad: { seq: 4 } });
});

test("an entry of another workspace is found although its chain was made to fit", async () => {
  const directory = await closed();
  await rechain(directory, (line, seq) =>
    seq === 9 ? line.replace("0123456789abcdef", "fedcba9876543210") : line,
  );
  expect(await verify(directory)).toMatchObject({
    status: "broken",
    firstBad: { seq: 9, reason: "it belongs to another workspace" },
  });
});

test("a line that is no JSON or no entry is found although its chain was made to fit", async () => {
  const noJson = await closed();
  await rechain(noJson, (line, seq) => (seq === 10 ? line.replace('"client":"f"', '"client":f') : line));
  expect(await verify(noJson)).toMatchObject({
    status: "broken",
    firstBad: { seq: 10, reason: "it is not an entry" },
  });
  const noEntry = await closed();
  await rechain(noEntry, (line, seq) =>
    seq === 10 ? line.replace('"kind":"system"', '"kind":"robot"') : line,
  );
  expect(await verify(noEntry)).toMatchObject({
    status: "broken",
    firstBad: { seq: 10, reason: "it is not an entry" },
  });
});

test("a line with a key that a later release added is still an entry", async () => {
  const directory = await closed();
  await rechain(directory, (line, seq) =>
    seq === 10 ? line.replace('"outcome":', '"later":1,"outcome":') : line,
  );
  expect(await verify(directory)).toMatchObject({ status: "ok", entries: 11 });
});

test("a torn tail is torn while head.json names no more than what is there", async () => {
  const directory = await closed();
  await appendFile(segment(directory, 2), '{"v":1,"seq":12,"time":"20');
  const report = await verify(directory);
  expect(report).toMatchObject({ status: "torn", entries: 11 });
  expect(report.warnings).toEqual([expect.stringContaining("26 bytes without a line end")]);
});

test("bytes without any line end are torn, however many", async () => {
  const directory = await closed();
  await appendFile(segment(directory, 2), "\0".repeat(60_000));
  expect(await verify(directory)).toMatchObject({ status: "torn", entries: 11 });
  await appendFile(segment(directory, 2), "\0".repeat(3_000_000));
  expect(await verify(directory)).toMatchObject({ status: "torn", entries: 11 });
});

test("a line far longer than any entry is broken", async () => {
  const directory = await closed();
  await appendFile(segment(directory, 2), `${"\0".repeat(3_000_000)}\n`);
  expect(await verify(directory)).toMatchObject({
    status: "broken",
    firstBad: { seq: 12, segment: "000002.jsonl", line: 5, reason: expect.stringContaining("longer") },
  });
});

test("a missing or unreadable head.json is warned about", async () => {
  const directory = await closed();
  await writeFile(join(directory, "head.json"), '{"seq":11}');
  const unreadable = await verify(directory);
  expect(unreadable).toMatchObject({
    status: "ok",
    warnings: [expect.stringContaining("head.json cannot be read")],
  });
  await rm(join(directory, "head.json"));
  const missing = await verify(directory);
  expect(missing).toMatchObject({
    status: "ok",
    warnings: [expect.stringContaining("head.json is missing")],
  });
});

test("a head.json that lags behind is no fault", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  await journal.close("done");
  const head = await readFile(join(directory, "head.json"));
  const next = await openIn(directory);
  await next.append([event("a")], never);
  await next.close("done");
  await writeFile(join(directory, "head.json"), head);
  expect(await verify(directory)).toMatchObject({ status: "ok", entries: 6, warnings: [] });
});

test("a segment that ends early where the host went on in the next is broken", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory, { limits: { segmentBytes: 1_500 } });
  for (let index = 0; index < 8; index += 1) await journal.append([event(`${index}`)], never);
  await journal.close("done");
  await changeLines(segment(directory, 1), (lines) => lines.slice(0, -1));
  const last = (await readFile(segment(directory, 1), "utf8")).split("\n").length - 1;
  expect(await verify(directory)).toMatchObject({
    status: "broken",
    firstBad: { seq: last + 1, segment: "000002.jsonl" },
  });
});

test("a host.started that names itself or a later segment does not confuse the verification", async () => {
  for (const name of ["000002.jsonl", "000009.jsonl"]) {
    const directory = await closed();
    await rechain(directory, (line, seq) =>
      seq === 8
        ? line.replace('"previous":{"segment":"000001.jsonl"', `"previous":{"segment":"${name}"`)
        : line,
    );
    expect((await verify(directory)).entries).toBe(11);
  }
});

test("verifying stops when its signal aborts", async () => {
  const reason = new Error("enough");
  await expect(verifyJournal({ directory: await closed() }, AbortSignal.abort(reason))).rejects.toBe(reason);
});

/** Changes lines and makes chain, accepted lengths and head fit again, as a forger with the contract at hand could. */
async function rechain(directory: string, change: (line: string, seq: number) => string): Promise<void> {
  let hash = "0".repeat(64);
  let seq = 0;
  let bytes = 0;
  for (const number of [1, 2]) {
    const previousBytes = bytes;
    bytes = 0;
    await changeLines(segment(directory, number), (lines) =>
      lines.map((line) => {
        seq += 1;
        const changed = change(line, seq)
          .replace(/"acceptedBytes":\d+/, `"acceptedBytes":${previousBytes}`)
          .replace(/"prevHash":"[0-9a-f]{64}"\}$/, `"prevHash":"${hash}"}`);
        hash = createHash("sha256").update(changed).digest("hex");
        bytes += Buffer.byteLength(changed) + 1;
        return changed;
      }),
    );
  }
  await writeFile(join(directory, "head.json"), `{"seq":${seq},"hash":"${hash}"}\n`);
}

test.skipIf(process.platform === "win32").each([
  ["a pipe", (path: string) => execFileSync("mkfifo", [path])],
  ["a folder", (path: string) => mkdir(path)],
  ["a link", (path: string) => symlink("/dev/zero", path)],
  ["a link to nowhere", (path: string) => symlink("/none", path)],
])("%s in the place of a segment is named, read by nobody, and keeps hosts away", async (_name, make) => {
  const directory = await closed();
  for (const number of [2, 3]) {
    await rm(segment(directory, number), { force: true });
    await make(segment(directory, number));
  }
  expect(await verify(directory)).toMatchObject({
    status: "broken",
    entries: 7,
    firstBad: { seq: 8, segment: "000002.jsonl", line: 1, reason: "what has the segment's name is no file" },
  });
  await expect(openIn(directory)).rejects.toMatchObject({ code: "journal.damaged" });
  await expect(openJournalReadOnly({ directory })).rejects.toMatchObject({ code: "journal.damaged" });
});
