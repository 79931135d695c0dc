import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openJournalReadOnly } from "../../../../../agent-host/journal/journal-reader.ts";
import { verifyJournal } from "../../../../../agent-host/journal/verify-journal.ts";
import { typedEntry } from "../../../../../agent-host/protocol/events.ts";
import { reduceRun } from "../../../../../agent-host/protocol/state/run-reducer.ts";
import type { RunState } from "../../../../../agent-host/protocol/state/schemas.ts";
import { event, never, openIn, temporaryFolder } from "../journal-fixture.ts";

// Written once by the release that introduced the format, never again: files here are read, not made.
const fixtures = join(import.meta.dirname, "fixtures");

for (const format of await readdir(fixtures)) {
  const directory = join(fixtures, format);

  test(`the golden journal of ${format} verifies`, async () => {
    const report = await verifyJournal({ directory }, never);
    expect(report).toMatchObject({ status: "ok", entries: 20, warnings: [], fenced: [] });
  });

  test(`every entry of the golden journal of ${format} has data that today's schemas accept`, async () => {
    const journal = await openJournalReadOnly({ directory });
    const entries = await journal.read({ limit: 100 }, never);
    expect(entries).toHaveLength(20);
    expect(entries.filter((entry) => typedEntry(entry) === null)).toEqual([]);
  });

  test(`the run in the golden journal of ${format} folds to its end`, async () => {
    const journal = await openJournalReadOnly({ directory });
    let state: RunState | undefined;
    for (const entry of await journal.read({ limit: 100 }, never)) state = reduceRun(state, entry, {});
    expect(state).toMatchObject({
      runId: "r-mbx3k2f1-7f3a9c",
      status: "done",
      exitCode: 0,
      tasks: { total: 1, finished: 1 },
      findings: { error: 1, warning: 2, info: 3 },
      phases: [
        { phase: "initialization", status: "passed" },
        { phase: "analysis", status: "passed" },
      ],
    });
  });

  test(`the journal of ${format} can be continued, and its old lines stay as they are`, async () => {
    const copy = await temporaryFolder();
    await cp(directory, copy, { recursive: true });
    const journal = await openIn(copy);
    await journal.append([event("later")], never);
    await journal.close("done");
    expect(await verifyJournal({ directory: copy }, never)).toMatchObject({ status: "ok", entries: 23 });
    const line = "journal/000001.jsonl";
    expect(await readFile(join(copy, line))).toEqual(await readFile(join(directory, line)));
  });
}
