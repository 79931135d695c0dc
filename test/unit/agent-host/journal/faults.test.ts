import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SegmentFile, SegmentFiles } from "../../../../agent-host/journal/segment-files.ts";
import { verifyJournal } from "../../../../agent-host/journal/verify-journal.ts";
import { closedLater, event, never, openIn, temporaryFolder } from "./journal-fixture.ts";

/** Real files whose next calls can be made to fail. */
class FailingFiles implements SegmentFiles {
  private failure: { call: keyof SegmentFile; code: string; partBytes: number } | null = null;
  readonly exists = closedLater.exists;

  fail(call: keyof SegmentFile, code: string, partBytes = 0): void {
    this.failure = { call, code, partBytes };
  }

  heal(): void {
    this.failure = null;
  }

  async create(path: string): Promise<SegmentFile> {
    const file = await closedLater.create(path);
    return {
      write: async (bytes, position) => {
        const part = this.failure?.call === "write" ? bytes.subarray(0, this.failure.partBytes) : bytes;
        if (part.length > 0) await file.write(part, position);
        this.throwIfFailing("write");
      },
      datasync: async () => {
        this.throwIfFailing("datasync");
        await file.datasync();
      },
      truncate: async (length) => {
        this.throwIfFailing("truncate");
        await file.truncate(length);
      },
      close: () => file.close(),
    };
  }

  private throwIfFailing(call: keyof SegmentFile): void {
    if (this.failure?.call !== call) return;
    throw Object.assign(new Error(`${this.failure.code}: injected`), { code: this.failure.code });
  }
}

for (const call of ["write", "datasync"] as const) {
  test(`a disk that is full at ${call} refuses the batch, leaves no trace of it, and work goes on with space`, async () => {
    const directory = await temporaryFolder();
    const files = new FailingFiles();
    const journal = await openIn(directory, { files });
    await journal.append([event("before")], never);
    const path = join(directory, "journal", "000001.jsonl");
    const acknowledged = await readFile(path);

    files.fail(call, "ENOSPC", 40);
    await expect(journal.append([event("lost")], never)).rejects.toMatchObject({ code: "journal.full" });
    expect(journal.state).toMatchObject({ kind: "read-only", reason: "full" });
    expect(await readFile(path)).toEqual(acknowledged);
    await expect(journal.append([event("lost too")], never)).rejects.toMatchObject({ code: "journal.full" });

    files.heal();
    const [entry] = await journal.append([event("after")], never);
    expect(entry?.seq).toBe(4);
    expect(journal.state).toEqual({ kind: "open" });
    await journal.close("done");
    expect(await verifyJournal({ directory }, never)).toMatchObject({ status: "ok", entries: 5 });
  });
}

test("after a failed fsync nothing is written again, and the state says what is certain", async () => {
  const directory = await temporaryFolder();
  const files = new FailingFiles();
  const journal = await openIn(directory, { files });
  await journal.append([event("before")], never);
  files.fail("datasync", "EIO");
  await expect(journal.append([event("lost")], never)).rejects.toMatchObject({ code: "journal.writeFailed" });
  files.heal();
  const size = (await readFile(join(directory, "journal", "000001.jsonl"))).length;
  await expect(journal.append([event("refused")], never)).rejects.toMatchObject({
    code: "journal.writeFailed",
  });
  expect(journal.state).toMatchObject({
    kind: "read-only",
    reason: "write-failed",
    message: expect.stringContaining("all 3 acknowledged entries are intact"),
  });
  expect((await journal.read({ limit: 10 }, never)).map((entry) => entry.seq)).toEqual([1, 2, 3]);
  await journal.close("done");
  expect((await readFile(join(directory, "journal", "000001.jsonl"))).length).toBe(size);
});

test("after a failed fsync the state says so if acknowledged entries cannot be read back", async () => {
  const directory = await temporaryFolder();
  const files = new FailingFiles();
  const journal = await openIn(directory, { files });
  await truncate(join(directory, "journal", "000001.jsonl"), 100);
  files.fail("datasync", "EIO");
  await expect(journal.append([event("lost")], never)).rejects.toMatchObject({ code: "journal.writeFailed" });
  expect(journal.state).toMatchObject({ message: expect.stringContaining("could not be read back") });
  await journal.close("done");
});

test("a full disk whose segment cannot be cut back stops the writing for good", async () => {
  const files = new FailingFiles();
  const journal = await openIn(await temporaryFolder(), {
    files: {
      exists: files.exists,
      create: async (path) => ({
        ...(await files.create(path)),
        truncate: () => Promise.reject(Object.assign(new Error("EIO: injected"), { code: "EIO" })),
      }),
    },
  });
  files.fail("write", "ENOSPC", 10);
  await expect(journal.append([event("lost")], never)).rejects.toMatchObject({ code: "journal.writeFailed" });
  files.heal();
  await expect(journal.append([event("refused")], never)).rejects.toMatchObject({
    code: "journal.writeFailed",
  });
  await journal.close("done");
});

test("a host whose workspace was taken over acknowledges nothing more and leaves head.json alone", async () => {
  const directory = await temporaryFolder();
  const older = await openIn(directory);
  await older.append([event("kept")], never);
  const newer = await openIn(directory);
  const refused = [older.append([event("late")], never), older.append([event("later")], never)];
  for (const each of refused) await expect(each).rejects.toMatchObject({ code: "journal.fenced" });
  expect(older.state).toEqual({ kind: "fenced" });
  await expect(older.append([event("last")], never)).rejects.toMatchObject({ code: "journal.fenced" });
  await newer.append([event("new")], never);
  await newer.close("done");
  const head = await readFile(join(directory, "head.json"), "utf8");
  await older.close("done");
  expect(await readFile(join(directory, "head.json"), "utf8")).toBe(head);
  const report = await verifyJournal({ directory }, never);
  expect(report).toMatchObject({ status: "ok", entries: 6, fenced: [{ segment: "000001.jsonl" }] });
  const entries = await newer.read({ limit: 100 }, never);
  expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a segment that another host created first makes a rolling host give way", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory, { limits: { segmentBytes: 900 } });
  await writeFile(join(directory, "journal", "000002.jsonl"), "");
  await expect(journal.append([event("a".repeat(150))], never)).rejects.toMatchObject({
    code: "journal.fenced",
  });
  await journal.close("done");
});
