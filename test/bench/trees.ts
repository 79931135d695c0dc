import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRunTrees } from "../../agent-host/workspace/create-run-trees.ts";
import type { RunTrees } from "../../agent-host/workspace/run-trees.ts";
import { alternate, type Measurement } from "./measure.ts";

const folders = 60;
const filesInEach = 50;
const linesInEach = 100;
const rounds = 7;
const { signal } = new AbortController();

/** Trees of a repository of 300,000 lines, against `git worktree add`; then a change of 5,000 files. */
export async function run(): Promise<Measurement[]> {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "agent-team-bench-trees-")));
  try {
    const root = join(place, "workspace");
    makeRepository(root);
    const searchPath = process.env.PATH ?? "";
    const trees = createRunTrees({ root, folder: join(place, "run", "tree"), searchPath });
    const base = await trees.snapshot(signal);
    return [...(await compared({ place, root, trees, base })), ...(await largeChange({ root, trees, base }))];
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function makeRepository(root: string): void {
  for (let folder = 0; folder < folders; folder += 1) {
    mkdirSync(join(root, `part-${folder}`), { recursive: true });
    for (let file = 0; file < filesInEach; file += 1) {
      const line = (number: number): string => `export const v${number} = "${folder}/${file}";\n`;
      const text = Array.from({ length: linesInEach }, (_, number) => line(number)).join("");
      writeFileSync(join(root, `part-${folder}`, `file-${file}.ts`), text);
    }
  }
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    ["commit", "-q", "-m", "all"],
  ])
    git(root, args);
}

function git(folder: string, args: readonly string[]): void {
  execFileSync("git", ["-c", "user.name=b", "-c", "user.email=b@example.org", ...args], {
    cwd: folder,
    stdio: "ignore",
  });
}

interface Place {
  readonly place: string;
  readonly root: string;
  readonly trees: RunTrees;
  readonly base: string;
}

async function compared({ place, root, trees, base }: Place): Promise<Measurement[]> {
  let count = 0;
  const searchPath = process.env.PATH ?? "";
  const worktree = async (): Promise<number> => {
    count += 1;
    return await timed(() => git(root, ["worktree", "add", "-q", "--detach", join(place, `work-${count}`)]));
  };
  const opened = await alternate(
    rounds,
    async () => await timed(() => trees.openTaskTree({ name: `t-${count}`, tree: base }, signal)),
    worktree,
  );
  const taken = await alternate(
    rounds,
    async () => {
      const fresh = createRunTrees({ root, folder: join(place, `run-${count}`, "tree"), searchPath });
      return await timed(() => fresh.snapshot(signal));
    },
    worktree,
  );
  const of = (name: string, { a, b }: { a: number; b: number }, limit: number): Measurement => {
    return { name, value: a, unit: "ms", baseline: { name: "git worktree add", value: b }, limit: limit * b };
  };
  const lines = folders * filesInEach * linesInEach;
  return [
    of(`a tree of ${lines} lines for a task`, opened, 2),
    of(`the first snapshot of ${lines} lines, with a shadow repository`, taken, 4),
  ];
}

async function largeChange({ root, trees, base }: Omit<Place, "place">): Promise<Measurement[]> {
  const files = 5_000;
  const folder = await trees.checkout({ name: "large", tree: base }, signal);
  for (let file = 0; file < files; file += 1) {
    mkdirSync(join(folder, `new-${file % 50}`), { recursive: true });
    writeFileSync(
      join(folder, `new-${file % 50}`, `${file}.ts`),
      `export const made = ${file};\n`.repeat(20),
    );
  }
  const given = { taskId: "t-large", changeSetId: "c-large", folder, base };
  const found: Measurement[] = [];
  const step = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const turns = watchTurns();
    const startedAt = performance.now();
    const result = await act();
    const ms = performance.now() - startedAt;
    found.push({ name: `${name}, ${files} files`, value: ms, unit: "ms" });
    found.push({ name: "  longest turn of the event loop, CPU", value: turns.stop(), unit: "ms", limit: 50 });
    return result;
  };
  const set = await step("collect", async () => await trees.collect(given, signal));
  const tree = set?.result ?? base;
  await step("diff", async () => await trees.diff({ base, tree, maxBytes: 4_000_000 }, signal));
  const path = "new-7/7.ts";
  await step("one file with its hunks", async () => await trees.fileChange({ base, tree, path }, signal));
  const parts = [{ path }];
  await step("leave one file out", async () => await trees.leaveOut({ base, tree, parts }, signal));
  const { plan } = await step("plan", async () => await trees.planApply({ base, tree }, signal));
  await step("apply", async () => await trees.apply(plan, signal));
  const back = await step("plan to undo", async () => await trees.planUndo([plan], signal));
  await step("undo", async () => await trees.apply(back.plan, signal));
  git(root, ["diff", "--quiet"]);
  found.push({ name: "memory at the end", value: process.memoryUsage().rss / 2 ** 20, unit: "MiB" });
  return found;
}

/** The most processor time between two turns of the event loop; what others do to the machine does not count. */
function watchTurns(): { stop(): number } {
  let longest = 0;
  let isOn = true;
  let last = process.threadCpuUsage();
  const look = (): void => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, now.user + now.system - last.user - last.system);
    last = now;
    if (isOn) setImmediate(look);
  };
  look();
  return {
    stop: () => {
      isOn = false;
      look();
      return longest / 1_000;
    },
  };
}

async function timed(act: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}
