import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyJournal } from "../../../../agent-host/journal/verify-journal.ts";
import { event, never, openIn, temporaryFolder } from "./journal-fixture.ts";

async function closed(): Promise<string> {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  await journal.append([event("a")], never);
  await journal.close("done");
  return directory;
}

function segment(directory: string, number: number): string {
  return join(directory, "journal", `00000${number}.jsonl`);
}

test("each host gets the next segment and records what it accepted of the one before", async () => {
  const directory = await closed();
  const size = (await readFile(segment(directory, 1))).length;
  const journal = await openIn(directory);
  const [started] = await journal.read({ afterSeq: 4, limit: 1 }, never);
  expect(started).toMatchObject({
    type: "host.started",
    seq: 5,
    data: {
      hostVersion: "1.0.0",
      pid: 42,
      segment: "000002.jsonl",
      previous: { segment: "000001.jsonl", acceptedBytes: size, fencedBytes: 0 },
    },
  });
  await journal.close("done");
});

test("a torn tail is neither accepted nor removed", async () => {
  const directory = await closed();
  await appendFile(segment(directory, 1), '{"v":1,"seq":5');
  const journal = await openIn(directory);
  const [started] = await journal.read({ afterSeq: 4, limit: 1 }, never);
  expect(started?.data.previous).toMatchObject({ fencedBytes: 14 });
  await journal.close("done");
  expect((await readFile(segment(directory, 1), "utf8")).endsWith('{"v":1,"seq":5')).toBe(true);
});

test("complete lines that a power cut garbled after the head are fenced", async () => {
  const directory = await closed();
  await appendFile(segment(directory, 1), `${"\0".repeat(300)}\n{"v":1}\n`);
  const journal = await openIn(directory);
  await journal.append([event("b")], never);
  await journal.close("done");
  const report = await verifyJournal({ directory }, never);
  expect(report).toMatchObject({
    status: "ok",
    entries: 7,
    fenced: [{ acceptedBytes: expect.any(Number), extraBytes: 309 }],
  });
});

test("segments in which hosts died before their first entry are passed over", async () => {
  const directory = await closed();
  await writeFile(segment(directory, 2), "");
  await writeFile(segment(directory, 3), '{"v":1,"se');
  const journal = await openIn(directory);
  await journal.append([event("b")], never);
  await journal.close("done");
  const last = await openIn(directory);
  expect((await last.read({ limit: 100 }, never)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await last.close("done");
  expect(await verifyJournal({ directory }, never)).toMatchObject({
    status: "ok",
    entries: 9,
    fenced: [{ segment: "000003.jsonl", acceptedBytes: 0, extraBytes: 10 }],
  });
});

test("a start by a host that was itself overtaken does not count", async () => {
  const directory = await closed();
  const [, , , stopped] = (await readFile(segment(directory, 1), "utf8")).split("\n");
  const overtaken = await openIn(directory);
  const line = (await readFile(segment(directory, 2), "utf8")).replace("\n", "");
  await overtaken.close("done");
  // As if the next host had looked before the overtaken one's first line was there.
  await rm(segment(directory, 2));
  await writeFile(join(directory, "head.json"), `{"seq":4,"hash":"${JSON.parse(line).prevHash}"}\n`);
  await writeFile(segment(directory, 2), "");
  const journal = await openIn(directory);
  await writeFile(segment(directory, 2), `${line}\n`);
  await journal.append([event("b")], never);
  await journal.close("done");
  expect(stopped).toContain("host.stopped");
  expect(await verifyJournal({ directory }, never)).toMatchObject({
    status: "ok",
    entries: 7,
    fenced: [{ segment: "000002.jsonl", acceptedBytes: 0 }],
  });
  const next = await openIn(directory);
  expect((await next.read({ limit: 100 }, never)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await next.close("done");
});

test("a journal of a newer format is not opened for writing", async () => {
  const directory = await closed();
  const path = segment(directory, 1);
  await writeFile(path, (await readFile(path, "utf8")).replace('"format":1', '"format":2'));
  await expect(openIn(directory)).rejects.toMatchObject({ code: "journal.newerFormat" });
  expect(await readdir(join(directory, "journal"))).toEqual(["000001.jsonl"]);
});

test("a host refuses to go on where entries that head.json names are gone or changed", async () => {
  const cut = await closed();
  const path = segment(cut, 1);
  const lines = (await readFile(path, "utf8")).split("\n");
  await writeFile(path, `${lines.slice(0, 3).join("\n")}\n`);
  await expect(openIn(cut)).rejects.toMatchObject({ code: "journal.damaged" });

  const changed = await closed();
  const text = await readFile(segment(changed, 1), "utf8");
  await writeFile(segment(changed, 1), text.replace('"reason":"done"', '"reason":"dome"'));
  await expect(openIn(changed)).rejects.toMatchObject({ code: "journal.damaged" });

  const emptied = await closed();
  await rm(segment(emptied, 1));
  await expect(openIn(emptied)).rejects.toMatchObject({ code: "journal.damaged" });
  expect(await readdir(join(emptied, "journal"))).toEqual([]);
});

test("a journal of another workspace is refused", async () => {
  await expect(openIn(await closed(), { workspaceId: "fedcba9876543210" })).rejects.toMatchObject({
    code: "journal.damaged",
  });
});

test("temporary heads that crashes left are removed", async () => {
  const directory = await closed();
  await writeFile(join(directory, "head.json.0123456789ab.tmp"), "{");
  const journal = await openIn(directory);
  await journal.close("done");
  expect((await readdir(directory)).sort()).toEqual(["head.json", "journal"]);
});
