import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type BlobStore, createBlobStore } from "../../../../agent-host/journal/blob-store.ts";
import type { Journal } from "../../../../agent-host/journal/journal.ts";
import { openJournalReadOnly } from "../../../../agent-host/journal/journal-reader.ts";
import { createReadOnlyStore, createStore } from "../../../../agent-host/store/journal-store.ts";
import type { Store } from "../../../../agent-host/store/store.ts";
import { hostActor, ManualClock, never, openIn, temporaryFolder } from "../journal/journal-fixture.ts";

const usage = { inputTokens: 1, outputTokens: 2, costUsd: 0.5 };

class Workspace {
  readonly clock = new ManualClock();
  readonly live = new Set<string>();
  readonly blobs: BlobStore;
  readonly directory: string;
  readonly journal: Journal;

  private constructor(directory: string, journal: Journal) {
    this.directory = directory;
    this.journal = journal;
    this.blobs = createBlobStore({ directory });
  }

  static async open(directory?: string): Promise<Workspace> {
    const folder = directory ?? (await temporaryFolder());
    return new Workspace(folder, await openIn(folder));
  }

  store(): Store {
    return createStore({
      ...this.options(),
      journal: this.journal,
      clock: this.clock,
      onError: (error) => {
        throw error;
      },
    });
  }

  async readOnlyStore(): Promise<Store> {
    const journal = await openJournalReadOnly({ directory: this.directory });
    return createReadOnlyStore({ ...this.options(), journal });
  }

  async start(runId: string, goal: string): Promise<void> {
    const ref = await this.blobs.put(runId, goal, never);
    const data = { goal: ref, profile: "analysis", provider: "offline" } as const;
    await this.journal.append([{ type: "run.created", actor: hostActor, runId, data }], never);
    await this.journal.append(
      [
        {
          type: "run.started",
          actor: hostActor,
          runId,
          data: { phases: ["analysis"], rulesChecksum: "a".repeat(64) },
        },
        { type: "phase.entered", actor: hostActor, runId, data: { phase: "analysis", index: 1, of: 1 } },
      ],
      never,
    );
  }

  async finish(runId: string): Promise<void> {
    const data = { status: "done", exitCode: 0, report: null, usage } as const;
    await this.journal.append([{ type: "run.finished", actor: hostActor, runId, data }], never);
  }

  viewPath(): string {
    return join(this.directory, "views", "runs.json");
  }

  private options() {
    return {
      blobs: this.blobs,
      directory: this.directory,
      isLive: (runId: string) => this.live.has(runId),
    };
  }
}

test("runs are listed newest first, with titles from their goals and what became of them", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  await workspace.start("r-a", "Find the cycles\nand say why");
  await workspace.start("r-b", "Second");
  workspace.live.add("r-b");
  await workspace.finish("r-a");
  const { runs, total } = await store.listRuns({ limit: 10 });
  expect(total).toBe(2);
  expect(runs).toMatchObject([
    { runId: "r-b", title: "Second", status: "running", phase: "analysis", finishedAt: null },
    { runId: "r-a", title: "Find the cycles", status: "done", exitCode: 0, usage },
  ]);
  expect((await store.listRuns({ limit: 1 })).runs.map(({ runId }) => runId)).toEqual(["r-b"]);
  await store.close();
});

test("a run without an end that no live host works on is interrupted", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  await workspace.start("r-a", "goal");
  workspace.live.add("r-a");
  expect((await store.runState("r-a"))?.status).toBe("running");
  workspace.live.delete("r-a");
  expect((await store.runState("r-a"))?.status).toBe("interrupted");
  expect((await store.listRuns({ limit: 1 })).runs[0]?.status).toBe("interrupted");
  await workspace.journal.append(
    [{ type: "run.paused", actor: hostActor, runId: "r-a", data: { reason: "closing" } }],
    never,
  );
  expect((await store.runState("r-a"))?.status).toBe("interrupted");
  await workspace.journal.append(
    [{ type: "run.paused", actor: hostActor, runId: "r-a", data: { reason: "lunch", cause: "asked" } }],
    never,
  );
  expect((await store.runState("r-a"))?.status).toBe("paused");
  expect((await store.listRuns({ limit: 1 })).runs[0]?.status).toBe("paused");
  await workspace.finish("r-a");
  expect((await store.runState("r-a"))?.status).toBe("done");
  await store.close();
});

test("a run's state has its whole goal and covers everything that was durable when it was asked for", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  const goal = `Long\n${"word ".repeat(3_000)}`;
  await workspace.start("r-a", goal);
  const before = await store.runState("r-a");
  expect(before).toMatchObject({ goal, title: "Long", phases: [{ phase: "analysis", status: "working" }] });
  await workspace.finish("r-a");
  expect((await store.runState("r-a"))?.lastSeq).toBe(workspace.journal.head.seq);
  expect(await store.runState("r-unknown")).toBeNull();
  await store.close();
});

test("a deleted run is neither listed nor shown", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  await workspace.start("r-a", "goal");
  await store.listRuns({ limit: 1 });
  await workspace.journal.append([{ type: "run.deleted", actor: hostActor, runId: "r-a", data: {} }], never);
  expect(await store.listRuns({ limit: 10 })).toEqual({ runs: [], total: 0 });
  expect(await store.runState("r-a")).toBeNull();
  await store.close();
});

test("the view is written at most once a second, privately, and the next host continues from it", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  await workspace.start("r-a", "first");
  await workspace.start("r-b", "second");
  await expect(readFile(workspace.viewPath())).rejects.toMatchObject({ code: "ENOENT" });
  workspace.clock.advance(1_000);
  await expect.poll(() => readFile(workspace.viewPath(), "utf8").catch(() => "")).toContain('"r-b"');
  expect((await stat(workspace.viewPath())).mode & 0o777).toBe(0o600);
  await workspace.finish("r-b");
  await store.close();
  await workspace.journal.close("done");

  const next = await Workspace.open(workspace.directory);
  const saved = JSON.parse(await readFile(next.viewPath(), "utf8"));
  expect(saved.foldedSeq).toBe(workspace.journal.head.seq - 1);
  saved.runs[1].summary.title = "from the view";
  saved.runs[1].titled = true;
  await writeFile(next.viewPath(), JSON.stringify(saved));
  const again = next.store();
  await next.finish("r-a");
  expect((await again.listRuns({ limit: 10 })).runs).toMatchObject([
    { runId: "r-b", title: "from the view", status: "done" },
    { runId: "r-a", title: "first", status: "done" },
  ]);
  await again.close();
  expect((await readdir(join(next.directory, "views"))).sort()).toEqual(["runs.json"]);
});

const views: [string, (view: string) => string][] = [
  ["is no JSON", (view) => view.slice(0, -20)],
  ["is empty", () => ""],
  ["has another format", (view) => view.replace('"format":1', '"format":0')],
  ["has a run that does not fit", (view) => view.replace('"status":"running"', '"status":"asleep"')],
  ["is of another journal", (view) => view.replace(/"journalStart":"2/, '"journalStart":"1')],
  ["is ahead of the journal", (view) => view.replace(/"foldedSeq":\d+/, '"foldedSeq":999')],
  ["is null", () => "null"],
];

for (const [what, change] of views) {
  test(`a view that ${what} is thrown away and rebuilt`, async () => {
    const workspace = await Workspace.open();
    const store = workspace.store();
    await workspace.start("r-a", "goal");
    const expected = await store.listRuns({ limit: 10 });
    await store.close();
    const good = await readFile(workspace.viewPath(), "utf8");
    const bad = change(good);
    expect(bad).not.toBe(good);
    await writeFile(workspace.viewPath(), bad);
    const again = workspace.store();
    expect(await again.listRuns({ limit: 10 })).toEqual(expected);
    await again.close();
    expect(JSON.parse(await readFile(workspace.viewPath(), "utf8"))).toEqual(JSON.parse(good));
  });
}

test("states that no longer fit into memory are folded again from their entries", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  const runIds = Array.from({ length: 140 }, (_, index) => `r-${index}`);
  for (const runId of runIds) await workspace.start(runId, runId);
  await store.listRuns({ limit: 1 });
  for (const runId of runIds) await workspace.finish(runId);
  for (const runId of ["r-0", "r-139"]) {
    expect(await store.runState(runId)).toMatchObject({
      status: "done",
      goal: runId,
      phases: [{ phase: "analysis", status: "working" }],
    });
  }
  await store.close();
});

test("entries are delivered with their small texts; a text that is long, gone or damaged is left out", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  await workspace.start("r-a", "the goal");
  await workspace.start("r-long", "x".repeat(8_193));
  await workspace.start("r-gone", "gone");
  await workspace.blobs.deleteRun("r-gone", never);
  const created = await workspace.journal.read({ type: "run.created", limit: 10 }, never);
  const texts = await Promise.all(
    created.map(async (entry) => Object.values((await store.delivered(entry)).texts)),
  );
  expect(texts).toEqual([["the goal"], [], []]);
  const [first] = await workspace.journal.read({ limit: 1 }, never);
  if (first === undefined) expect.fail("the journal is empty");
  expect(await store.delivered(first)).toEqual({ entry: first, texts: {} });
  await store.close();
});

test("a goal that cannot be read leaves the title empty", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  await workspace.start("r-a", "goal");
  await workspace.blobs.deleteRun("r-a", never);
  expect((await store.listRuns({ limit: 1 })).runs[0]?.title).toBe("");
  expect((await store.runState("r-a"))?.goal).toBe("");
  await store.close();
});

test("a read-only store answers beside a live host and writes nothing", async () => {
  const workspace = await Workspace.open();
  await workspace.start("r-a", "goal");
  const store = await workspace.readOnlyStore();
  const files = await readdir(workspace.directory);
  expect((await store.listRuns({ limit: 10 })).runs).toMatchObject([{ runId: "r-a", title: "goal" }]);
  await workspace.finish("r-a");
  expect((await store.runState("r-a"))?.status).toBe("done");
  await store.close();
  expect(await readdir(workspace.directory)).toEqual(files);
});

test("a store that cannot save says so and goes on answering", async () => {
  const workspace = await Workspace.open();
  const errors: unknown[] = [];
  await writeFile(join(workspace.directory, "views"), "in the way");
  const store = createStore({
    journal: workspace.journal,
    blobs: workspace.blobs,
    directory: workspace.directory,
    isLive: () => true,
    clock: workspace.clock,
    onError: (error) => errors.push(error),
  });
  await workspace.start("r-a", "goal");
  expect((await store.listRuns({ limit: 10 })).total).toBe(1);
  await store.close();
  expect(errors).toHaveLength(1);
});

test("a closed store refuses", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  await store.close();
  await store.close();
  await expect(store.listRuns({ limit: 1 })).rejects.toMatchObject({ code: "store.closed" });
});

test("more entries than it keeps between two questions are read from the journal", async () => {
  const workspace = await Workspace.open();
  const store = workspace.store();
  await workspace.start("r-first", "a goal");
  await store.listRuns({ limit: 10 });
  const data = { phase: "analysis", index: 1, of: 1 } as const;
  const again = { type: "phase.entered", actor: hostActor, runId: "r-first", data } as const;
  for (let batch = 0; batch < 5; batch += 1) {
    await workspace.journal.append(
      Array.from({ length: 500 }, () => again),
      never,
    );
  }
  await workspace.start("r-second", "another goal");
  await workspace.finish("r-first");
  const { runs } = await store.listRuns({ limit: 10 });
  expect(runs.map(({ runId, status }) => ({ runId, status }))).toEqual([
    { runId: "r-second", status: "interrupted" },
    { runId: "r-first", status: "done" },
  ]);
  expect((await store.runState("r-first"))?.lastSeq).toBe(workspace.journal.head.seq);
  await store.close();
  await workspace.journal.close("test");
});
