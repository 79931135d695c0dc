import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SegmentFiles } from "../../../../agent-host/journal/segment-files.ts";
import { type EventDraft, typedEntry } from "../../../../agent-host/protocol/events.ts";
import { type Entry, entrySchema } from "../../../../agent-host/protocol/journal.ts";
import { zeroHash } from "../../../../agent-host/protocol/journal-format.ts";
import {
  closedLater,
  event,
  hostActor,
  ManualClock,
  never,
  openIn,
  temporaryFolder,
  workspaceId,
} from "./journal-fixture.ts";

async function linesIn(directory: string, segment: string): Promise<string[]> {
  const text = await readFile(join(directory, "journal", segment), "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text.slice(0, -1).split("\n");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

test("the first entries are journal.created and host.started, chained from 64 zeros", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  await journal.close("done");
  const lines = await linesIn(directory, "000001.jsonl");
  const entries = lines.map((line) => entrySchema.parse(JSON.parse(line)));
  expect(entries.map(({ seq, type }) => [seq, type])).toEqual([
    [1, "journal.created"],
    [2, "host.started"],
    [3, "host.stopped"],
  ]);
  expect(entries[0]).toMatchObject({ data: { format: 1, workspaceId }, prevHash: zeroHash });
  expect(entries[1]).toMatchObject({ data: { segment: "000001.jsonl", previous: null } });
  expect(entries[2]?.prevHash).toBe(sha256(lines[1] ?? ""));
});

test("the journal's own entries, which no schema checks as they are written, fit their schemas", async () => {
  const directory = await temporaryFolder();
  await (await openIn(directory)).close("first");
  await (await openIn(directory)).close("x".repeat(300));
  const lines = [
    ...(await linesIn(directory, "000001.jsonl")),
    ...(await linesIn(directory, "000002.jsonl")),
  ];
  const types = lines.map((line) => typedEntry(entrySchema.parse(JSON.parse(line)))?.type);
  const session = ["host.started", "host.stopped"];
  expect(types).toEqual(["journal.created", ...session, ...session]);
});

test("an append that comes as the schemas are there stays behind those that waited for them", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  let third: Promise<unknown> | null = null;
  const first: EventDraft = {
    ...event("first"),
    // Read when the first append is checked, while the second still waits for its turn.
    get data() {
      third ??= journal.append([event("third")], never);
      return { client: "first" };
    },
  } as EventDraft;
  await Promise.all([journal.append([first], never), journal.append([event("second")], never)]);
  await third;
  const entries = await journal.read({ type: "auth.succeeded", limit: 3 }, never);
  await journal.close("done");
  expect(entries.map(({ data }) => data.client)).toEqual(["first", "second", "third"]);
});

test("a close waits for appends that wait for the schemas", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  const append = journal.append([event("early")], never);
  await journal.close("done");
  expect((await append).map(({ seq }) => seq)).toEqual([3]);
  expect(await linesIn(directory, "000001.jsonl")).toHaveLength(4);
});

test("a line has the contract's keys in the contract's order, and is what append returns", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  const [returned] = await journal.append(
    [
      {
        type: "task.started",
        data: { agentId: 'ä"\\\n\u2028😀', attempt: 1 },
        actor: { kind: "agent", id: 'quote " and ü', role: "tester" },
        runId: "r-1",
        taskId: "t-a",
        cause: 2,
        traceId: "trace",
        resource: { type: "file", id: "a\tb" },
        action: "start",
        outcome: "ok",
      },
    ],
    never,
  );
  await journal.close("done");
  const line = (await linesIn(directory, "000001.jsonl"))[2] ?? "";
  const parsed: Entry = JSON.parse(line);
  expect(Object.keys(parsed)).toEqual([
    "v",
    "seq",
    "time",
    "type",
    "workspaceId",
    "runId",
    "taskId",
    "cause",
    "traceId",
    "actor",
    "resource",
    "action",
    "outcome",
    "data",
    "prevHash",
  ]);
  expect(line).toBe(JSON.stringify(parsed));
  expect(returned).toEqual(parsed);
});

test("files are private to the user, folders too", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  await journal.close("done");
  const mode = async (...path: string[]): Promise<number> =>
    (await stat(join(directory, ...path))).mode & 0o777;
  expect(await mode("journal")).toBe(0o700);
  expect(await mode("journal", "000001.jsonl")).toBe(0o600);
  expect(await mode("head.json")).toBe(0o600);
});

test("the entries of one append stand side by side while many append at once", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory);
  const pairs = await Promise.all(
    Array.from({ length: 50 }, (_, index) => journal.append([event(`${index}a`), event(`${index}b`)], never)),
  );
  for (const [first, second] of pairs) expect(second?.seq).toBe((first?.seq ?? 0) + 1);
  await journal.close("done");
});

test("everything that waits shares one write and one fdatasync", async () => {
  const calls: string[] = [];
  const journal = await openIn(await temporaryFolder(), { files: recorded(calls) });
  calls.length = 0;
  await Promise.all(Array.from({ length: 64 }, (_, index) => journal.append([event(`${index}`)], never)));
  expect(calls).toEqual(["write", "datasync"]);
  await journal.close("done");
});

test("time never goes back, also not over a restart", async () => {
  const directory = await temporaryFolder();
  const clock = new ManualClock();
  const journal = await openIn(directory, { clock });
  const [before] = await journal.append([event("a")], never);
  clock.advance(-3_600_000);
  const [after] = await journal.append([event("b")], never);
  await journal.close("done");
  const next = await openIn(directory, { clock });
  const [later] = await next.append([event("c")], never);
  await next.close("done");
  expect([after?.time, later?.time]).toEqual([before?.time, before?.time]);
});

test("data over 4 KiB and data that does not fit its type are refused, and leave no hole", async () => {
  const journal = await openIn(await temporaryFolder());
  const start = journal.head.seq;
  const criteria = Array.from({ length: 200 }, () => ({ kind: "tasksCompleted" as const }));
  const tooLarge = journal.append(
    [{ type: "gate.decided", actor: hostActor, data: { phase: "analysis", decision: "passed", criteria } }],
    never,
  );
  await expect(tooLarge).rejects.toMatchObject({ code: "journal.tooLarge" });
  const unfit = journal.append([{ ...event("x"), data: { client: 7 } } as never], never);
  await expect(unfit).rejects.toMatchObject({ code: "journal.invalid" });
  const badRun = journal.append([{ ...event("x"), runId: "../r" }], never);
  await expect(badRun).rejects.toMatchObject({ code: "journal.invalid" });
  const [entry] = await journal.append([event("fine")], never);
  expect(entry?.seq).toBe(start + 1);
  await journal.close("done");
});

test("a full queue refuses at once", async () => {
  const journal = await openIn(await temporaryFolder(), { limits: { waitingEntries: 3 } });
  const accepted = journal.append([event("a"), event("b"), event("c")], never);
  await expect(journal.append([event("d")], never)).rejects.toMatchObject({ code: "journal.queueFull" });
  expect(await accepted).toHaveLength(3);
  await journal.close("done");
});

test("an append that is given up while it waits is not written", async () => {
  const journal = await openIn(await temporaryFolder());
  const stop = new AbortController();
  const given = journal.append([event("given up")], stop.signal);
  const kept = journal.append([event("kept")], never);
  stop.abort(new Error("not needed any more"));
  await expect(given).rejects.toThrow("not needed any more");
  const [entry] = await kept;
  expect(entry?.seq).toBe(3);
  await journal.close("done");
});

test("subscribers get entries in order, before the append resolves, and one that throws disturbs nobody", async () => {
  const errors: unknown[] = [];
  const journal = await openIn(await temporaryFolder(), { onListenerError: (error) => errors.push(error) });
  const seen: number[] = [];
  journal.subscribe(() => {
    throw new Error("listener");
  });
  const subscription = journal.subscribe((entry) => seen.push(entry.seq));
  await journal.append([event("a"), event("b")], never);
  expect(seen).toEqual([3, 4]);
  subscription.dispose();
  await journal.append([event("c")], never);
  expect(seen).toEqual([3, 4]);
  expect(errors).toHaveLength(3);
  await journal.close("done");
});

test("a segment that would grow past its limit is followed by the next, and the chain goes on", async () => {
  const directory = await temporaryFolder();
  const journal = await openIn(directory, { limits: { segmentBytes: 1_500 } });
  for (let index = 0; index < 10; index += 1) await journal.append([event(`${index}`)], never);
  await journal.close("done");
  const names = (await readdir(join(directory, "journal"))).sort();
  expect(names.length).toBeGreaterThan(2);
  let last = zeroHash;
  for (const name of names) {
    expect((await stat(join(directory, "journal", name))).size).toBeLessThanOrEqual(1_500);
    for (const line of await linesIn(directory, name)) {
      expect(JSON.parse(line).prevHash).toBe(last);
      last = sha256(line);
    }
  }
});

test("head.json follows within a second, and names the last entry after close", async () => {
  const directory = await temporaryFolder();
  const clock = new ManualClock();
  const journal = await openIn(directory, { clock });
  await expect(readFile(join(directory, "head.json"))).rejects.toMatchObject({ code: "ENOENT" });
  clock.advance(1_000);
  await expect
    .poll(() => readFile(join(directory, "head.json"), "utf8").catch(() => ""))
    .toContain('"seq":2');
  await journal.append([event("a")], never);
  await journal.close("done");
  const [last = ""] = (await linesIn(directory, "000001.jsonl")).slice(-1);
  expect(await readFile(join(directory, "head.json"), "utf8")).toBe(`{"seq":4,"hash":"${sha256(last)}"}\n`);
});

test("a closed journal takes nothing more, and closing twice is closing once", async () => {
  const journal = await openIn(await temporaryFolder());
  const waiting = journal.append([event("before")], never);
  await Promise.all([journal.close("done"), journal.close("again")]);
  expect((await waiting)[0]?.seq).toBe(3);
  expect(journal.head.seq).toBe(4);
  expect(journal.state).toEqual({ kind: "closed" });
  await expect(journal.append([event("after")], never)).rejects.toMatchObject({ code: "journal.closed" });
});

function recorded(calls: string[]): SegmentFiles {
  return {
    async create(path) {
      const file = await closedLater.create(path);
      return {
        ...file,
        write: (bytes, position) => {
          calls.push("write");
          return file.write(bytes, position);
        },
        datasync: () => {
          calls.push("datasync");
          return file.datasync();
        },
      };
    },
    exists: closedLater.exists,
  };
}
