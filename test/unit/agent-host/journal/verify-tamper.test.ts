import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyJournal } from "../../../../agent-host/journal/verify-journal.ts";
import { event, never, openIn, temporaryFolder } from "./journal-fixture.ts";

/** Three hosts, the second of which was killed within a write; the last closed cleanly. */
async function closedJournal(): Promise<string> {
  const directory = await temporaryFolder();
  const first = await openIn(directory);
  await first.append([event("a")], never);
  await first.close("done");
  await openIn(directory);
  await appendBytes(directory, "000002.jsonl", '{"v":1,"seq":6,"ti');
  const third = await openIn(directory);
  await third.append([event("b")], never);
  await third.close("done");
  return directory;
}

async function appendBytes(directory: string, name: string, text: string): Promise<void> {
  await writeFile(join(directory, "journal", name), text, { flag: "a" });
}

test("an untouched journal verifies, with its torn bytes reported as fenced", async () => {
  const report = await verifyJournal({ directory: await closedJournal() }, never);
  expect(report).toMatchObject({
    status: "ok",
    entries: 8,
    fenced: [{ segment: "000002.jsonl", extraBytes: 18 }],
  });
});

test("each single changed byte of each line is found, and the entry it is in is named", async () => {
  const directory = await closedJournal();
  const mistakes: string[] = [];
  let firstSeq = 1;
  for (const name of (await readdir(join(directory, "journal"))).sort()) {
    const path = join(directory, "journal", name);
    const original = await readFile(path);
    const lines = linesOf(original, firstSeq);
    firstSeq += lines.length;
    for (const { seq, start, end } of lines) {
      for (let offset = start; offset < end; offset += 1) {
        await writeFile(path, withByte(original, offset, changedByte(original, offset)));
        const { status, firstBad } = await verifyJournal({ directory }, never);
        const found = status === "truncated" || status === "broken";
        if (!found || firstBad?.seq !== seq)
          mistakes.push(`${name}:${offset} of ${seq}: ${status} ${firstBad?.seq}`);
      }
    }
    await writeFile(path, original);
  }
  expect(mistakes).toEqual([]);
}, 60_000);

test("each changed byte of head.json is found, or at least warned about", async () => {
  const directory = await closedJournal();
  const path = join(directory, "head.json");
  const original = await readFile(path);
  const silent: number[] = [];
  for (const offset of original.keys()) {
    await writeFile(path, withByte(original, offset, changedByte(original, offset)));
    const { status, warnings } = await verifyJournal({ directory }, never);
    if (status === "ok" && !warnings.some((warning) => warning.includes("head.json"))) silent.push(offset);
  }
  expect(silent).toEqual([]);
});

test("every length to which the last segment is cut is found as long as head.json is there", async () => {
  const directory = await closedJournal();
  const path = join(directory, "journal", "000003.jsonl");
  const original = await readFile(path);
  const missed: number[] = [];
  for (let length = 0; length < original.length; length += 1) {
    await truncate(path, length);
    const { status, firstBad } = await verifyJournal({ directory }, never);
    const complete = original.subarray(0, length).filter((byte) => byte === 10).length;
    if (status !== "truncated" || firstBad?.seq !== 6 + complete) missed.push(length);
    await writeFile(path, original);
  }
  expect(missed).toEqual([]);
}, 60_000);

test("without head.json a cut segment is ok or torn, with a warning, and never an exception", async () => {
  const directory = await closedJournal();
  await rm(join(directory, "head.json"));
  const path = join(directory, "journal", "000003.jsonl");
  const original = await readFile(path);
  for (let length = original.length - 1; length >= 0; length -= 1) {
    await truncate(path, length);
    const { status, warnings } = await verifyJournal({ directory }, never);
    // Cut to nothing, the segment says no more that the torn bytes before it do not count.
    const atLineEnd = original[length - 1] === 10;
    expect({ length, status }).toEqual({ length, status: atLineEnd ? "ok" : "torn" });
    expect(warnings).toContainEqual(expect.stringContaining("head.json is missing"));
  }
}, 60_000);

test("after any cut the next host goes on without a hole, and its journal verifies", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1_200 }), async (length) => {
      const directory = await closedJournal();
      await rm(join(directory, "head.json"));
      await truncate(join(directory, "journal", "000003.jsonl"), length);
      const next = await openIn(directory);
      const [entry] = await next.append([event("after")], never);
      await next.close("done");
      const report = await verifyJournal({ directory }, never);
      expect(report).toMatchObject({ status: "ok", entries: (entry?.seq ?? 0) + 1 });
    }),
    { numRuns: 30 },
  );
}, 60_000);

interface Line {
  seq: number;
  start: number;
  /** After its LF. */
  end: number;
}

function linesOf(bytes: Buffer, firstSeq: number): Line[] {
  const lines: Line[] = [];
  for (let start = 0; ; ) {
    const end = bytes.indexOf(10, start);
    if (end === -1) return lines;
    lines.push({ seq: firstSeq + lines.length, start, end: end + 1 });
    start = end + 1;
  }
}

function withByte(original: Buffer, offset: number, byte: number): Buffer {
  const bytes = Buffer.from(original);
  bytes[offset] = byte;
  return bytes;
}

/** In turn: the lowest bit, the letter case, a byte that is no UTF-8, a line end. */
function changedByte(bytes: Buffer, offset: number): number {
  const byte = bytes[offset] ?? 0;
  const changed = [byte ^ 1, byte ^ 0x20, byte ^ 0x80, 10][offset % 4] ?? byte ^ 1;
  return changed === byte ? byte ^ 1 : changed;
}
