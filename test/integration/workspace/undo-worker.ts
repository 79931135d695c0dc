import { chmodSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../../../agent-host/core/clock.ts";
import { createBlobStore } from "../../../agent-host/journal/blob-store.ts";
import { openJournal } from "../../../agent-host/journal/journal.ts";
import type { Actor } from "../../../agent-host/protocol/journal.ts";
import { createStore } from "../../../agent-host/store/journal-store.ts";
import { ChangeWriter, noEditors } from "../../../agent-host/team/change-writer.ts";
import type { RunLog } from "../../../agent-host/team/run-log.ts";
import { RunLogs } from "../../../agent-host/team/run-logs.ts";
import { createRunTrees } from "../../../agent-host/workspace/create-run-trees.ts";

// A host that applies a change and takes it back, again and again, until it is killed. It begins by settling what the
// one before it left, says how the change stands then, and goes on when it is told to.
const [root = "", directory = ""] = process.argv.slice(2);
const { signal } = new AbortController();
const runId = "r-undo-1";
const actor: Actor = { kind: "system", id: "host", role: "host" };
const clock = systemClock;
const onError = (error: unknown): never => {
  throw error;
};
const journal = await openJournal({
  directory,
  workspaceId: "0123456789abcdef",
  clock,
  host: { version: "1.0.0", pid: process.pid, mode: "command-line" },
  actor,
  onListenerError: onError,
});
const blobs = createBlobStore({ directory });
const store = createStore({ journal, blobs, directory, clock, isLive: () => false, onError });
const logs = new RunLogs({ journal, blobs, store });
const folder = join(directory, "runs", runId, "tree");
const trees = createRunTrees({ root, folder, searchPath: process.env.PATH ?? "" });
const isKnown = (await store.runState(runId)) !== null;
const log = isKnown ? await logs.open(runId) : await begin(logs.begin(runId));
const writer = new ChangeWriter({ log, trees, clock, dirtyPaths: noEditors });
const settled = await writer.settle();
console.log(`${log.state.appliedTree === null ? "base" : "applied"} ${settled === null ? "whole" : "cut"}`);
for await (const line of createInterface({ input: process.stdin })) if (line === "go") break;
journal.subscribe(({ type }) => {
  if (type === "effect.intended") console.log("begins");
});
for (;;) {
  const { baseTree, tree, appliedTree } = log.state;
  if (appliedTree !== null) await writer.undo(actor, signal);
  else await writer.apply({ base: baseTree ?? "", tree: tree ?? "" }, signal);
}

async function begin(given: RunLog): Promise<RunLog> {
  const base = await trees.snapshot(signal);
  const task = await trees.checkout({ name: "t-1", tree: base }, signal);
  for (let index = 0; index < 10; index += 1) {
    writeFileSync(join(task, `kept-${index}.txt`), "changed\n");
    writeFileSync(join(task, `made-${index}.txt`), `${index}\n`);
    chmodSync(join(task, `kept-${index}.txt`), index % 2 === 0 ? 0o755 : 0o644);
  }
  rmSync(join(task, "gone"), { recursive: true });
  symlinkSync("kept-1.txt", join(task, "link"));
  const set = await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder: task, base }, signal);
  if (set === null) throw new Error("nothing was changed");
  const created = { profile: "change" as const, provider: "scripted" as const };
  const started = { phases: [], rulesChecksum: "c".repeat(64), baseTree: base };
  const finished = { status: "done" as const, exitCode: 0, report: null };
  await given.record([
    { type: "run.created", actor, data: { ...created, goal: await given.keep("Make it greet") } },
    { type: "run.started", actor, data: started },
    { type: "changeset.merged", actor, data: { changeSetId: "c-1", tree: set.result } },
    {
      type: "run.finished",
      actor,
      data: { ...finished, usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 } },
    },
  ]);
  return given;
}
