import { expect, test } from "vitest";
import { openJournalReadOnly } from "../../../../agent-host/journal/journal-reader.ts";
import { upcast } from "../../../../agent-host/journal/upcast.ts";
import { event, never, openIn, temporaryFolder } from "./journal-fixture.ts";

const upcasters = {
  "auth.succeeded": {
    1: (data: Record<string, unknown>) => ({ name: data.client }),
    2: (data: Record<string, unknown>) => ({ client: { name: data.name } }),
  },
};

test("an old entry is read through each step up to today's version", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  await journal.append([event("window")], never);
  await journal.close("done");
  const reader = await openJournalReadOnly({ directory, upcasters });
  const [entry] = await reader.read({ type: "auth.succeeded", limit: 1 }, never);
  expect(entry).toMatchObject({ v: 3, data: { client: { name: "window" } } });
});

test("a newer version, a type without steps and a type named like an object's own key stay as they are", async () => {
  const journal = await openIn(await temporaryFolder());
  const [entry] = await journal.append([event("a")], never);
  await journal.close("done");
  if (entry === undefined) expect.fail("nothing was appended");
  const newer = { ...entry, v: 7 };
  const other = { ...entry, type: "toString" };
  expect(upcast(newer, upcasters)).toBe(newer);
  expect(upcast(other, upcasters)).toBe(other);
});
