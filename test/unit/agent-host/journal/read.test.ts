import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Journal } from "../../../../agent-host/journal/journal.ts";
import { openJournalReadOnly } from "../../../../agent-host/journal/journal-reader.ts";
import { event, never, openIn, temporaryFolder } from "./journal-fixture.ts";

/** 300 entries in segments of about 20, by three hosts; entries of two runs among them. */
async function filled(directory: string): Promise<Journal> {
  for (const host of [1, 2, 3]) {
    const journal = await openIn(directory, { limits: { segmentBytes: 7_000 } });
    while (journal.head.seq < host * 100 - 1) {
      const seq = journal.head.seq + 1;
      const run = seq % 5 === 0 ? { runId: "r-five" } : seq % 7 === 0 ? { runId: "r-seven" } : {};
      await journal.append([{ ...event(`${seq}`), ...run }], never);
    }
    if (host === 3) return journal;
    await journal.close("done");
  }
  expect.fail("unreachable");
}

const queries = fc.record(
  {
    afterSeq: fc.integer({ min: 0, max: 310 }),
    beforeSeq: fc.integer({ min: 1, max: 310 }),
    runId: fc.constantFrom("r-five", "r-seven", "r-none"),
    type: fc.constantFrom("auth.succeeded", "host.started"),
    types: fc.subarray(["auth.succeeded", "host.started", "host.stopped"], { minLength: 1 }),
    newestFirst: fc.boolean(),
    limit: fc.integer({ min: 1, max: 400 }),
  },
  { requiredKeys: ["limit"] },
);

test("any query gives what filtering all entries would give, from the writer and from a reader beside it", async () => {
  const directory = await temporaryFolder();
  const journal = await filled(directory);
  const reader = await openJournalReadOnly({ directory });
  const all = await journal.read({ limit: 1_000 }, never);
  expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 299 }, (_, index) => index + 1));
  await fc.assert(
    fc.asyncProperty(queries, async (query) => {
      const { afterSeq = 0, beforeSeq = 1_000, runId, type, types, newestFirst = false, limit } = query;
      const fitting = all.filter(
        (entry) =>
          entry.seq > afterSeq &&
          entry.seq < beforeSeq &&
          (runId === undefined || entry.runId === runId) &&
          (type === undefined || entry.type === type) &&
          (types === undefined || types.includes(entry.type)),
      );
      const expected = (newestFirst ? fitting.toReversed() : fitting).slice(0, limit);
      expect(await journal.read(query, never)).toEqual(expected);
      expect(await reader.read(query, never)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
  await journal.close("done");
}, 30_000);

test("a reader beside a live host sees what is appended later, and not a line that is half written", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  const reader = await openJournalReadOnly({ directory });
  await journal.append([event("later")], never);
  await appendFile(join(directory, "journal", "000001.jsonl"), '{"v":1,"seq":4,"time');
  for (const newestFirst of [false, true]) {
    const entries = await reader.read({ limit: 10, newestFirst }, never);
    expect(entries.map(({ seq }) => seq).sort()).toEqual([1, 2, 3]);
  }
  expect(reader.head.seq).toBe(2);
  await journal.close("done");
});

test("a reader of a newer format reads, and says that it is newer", async () => {
  const directory = await temporaryFolder();
  await (await openIn(directory)).close("done");
  const path = join(directory, "journal", "000001.jsonl");
  await writeFile(path, (await readFile(path, "utf8")).replace('"format":1', '"format":9'));
  const reader = await openJournalReadOnly({ directory });
  expect(reader).toMatchObject({ format: 9, newerFormat: true });
  expect(await reader.read({ limit: 10 }, never)).toHaveLength(3);
});

test("a workspace without a journal reads as empty", async () => {
  const reader = await openJournalReadOnly({ directory: join(await temporaryFolder(), "none") });
  expect(reader).toMatchObject({ format: null, newerFormat: false, head: { seq: 0 } });
  expect(await reader.read({ limit: 10 }, never)).toEqual([]);
});

test("a line that is no entry stops the reading with an error that names the file", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  await journal.append([event("a"), event("b")], never);
  const path = join(directory, "journal", "000001.jsonl");
  await writeFile(
    path,
    (await readFile(path, "utf8")).replace(
      '"outcome":"ok","data":{"client":"a"}',
      '"outcome":"ok","data":{"client":a"}',
    ),
  );
  await expect(journal.read({ limit: 10 }, never)).rejects.toMatchObject({
    code: "journal.damaged",
    message: expect.stringContaining("000001.jsonl"),
  });
  await journal.close("done");
});

test("reading stops when its signal aborts", async () => {
  const journal = await openIn(await temporaryFolder());
  const reason = new Error("enough");
  await expect(journal.read({ limit: 10 }, AbortSignal.abort(reason))).rejects.toBe(reason);
  await journal.close("done");
});
