import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ApplyPlan, RunTrees } from "../../../agent-host/workspace/run-trees.ts";
import { everythingIn, never, TreeFixture } from "./tree-fixture.ts";

let fixture: TreeFixture;
let trees: RunTrees;

beforeEach(() => {
  fixture = new TreeFixture();
  trees = fixture.trees();
});

afterEach(() => fixture.dispose());

async function treeAfter(work: (folder: string) => void, base?: string): Promise<string> {
  const from = base ?? (await trees.snapshot(never));
  const folder = await trees.checkout({ name: "work", tree: from }, never);
  work(folder);
  const set = await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder, base: from }, never);
  return set?.result ?? from;
}

async function apply(tree: string, base?: string): Promise<ApplyPlan> {
  const from = base ?? (await trees.snapshot(never));
  const { plan, conflicts } = await trees.planApply({ base: from, tree }, never);
  expect(conflicts).toEqual([]);
  await trees.apply(plan, never);
  // What is kept of it is text.
  return JSON.parse(JSON.stringify(plan)) as ApplyPlan;
}

async function undo(...applied: ApplyPlan[]): Promise<ApplyPlan> {
  const { plan, conflicts } = await trees.planUndo(applied, never);
  expect(conflicts).toEqual([]);
  await trees.apply(plan, never);
  return JSON.parse(JSON.stringify(plan)) as ApplyPlan;
}

/** A workspace with all that a file system knows. */
function prepare(): void {
  fixture.write({
    "crlf.txt": "one\r\ntwo\r\n",
    "no-end.txt": "last line",
    "empty.txt": "",
    "binary.bin": Buffer.from([0, 1, 2, 255, 10, 13, 0]),
    "latin.txt": Buffer.from("caf\xe9\n", "latin1"),
    "private.txt": "secret\n",
    "tool.sh": "#!/bin/sh\n",
    "odd.sh": "#!/bin/sh\n",
    "gone/deep/only.txt": "only\n",
    "gone/deep/other.txt": "other\n",
    "becomes-folder": "a file\n",
    "becomes-file/inner.txt": "inner\n",
    "kept/mine.txt": "mine\n",
    "kept/its.txt": "its\n",
    "ue\u0308 \u4e2d 'x'.txt": "names\n",
  });
  chmodSync(join(fixture.root, "private.txt"), 0o600);
  chmodSync(join(fixture.root, "tool.sh"), 0o750);
  chmodSync(join(fixture.root, "odd.sh"), 0o711);
  chmodSync(join(fixture.root, "gone"), 0o700);
  chmodSync(join(fixture.root, "gone", "deep"), 0o750);
  symlinkSync("kept/mine.txt", join(fixture.root, "link"));
  symlinkSync("/nowhere/outside", join(fixture.root, "outside"));
  symlinkSync("missing", join(fixture.root, "dangling"));
  // Empty folders, which no tree knows.
  mkdirSync(join(fixture.root, "waiting", "below"), { recursive: true });
  mkdirSync(join(fixture.root, "room", "inside"), { recursive: true });
  chmodSync(join(fixture.root, "room", "inside"), 0o711);
  mkdirSync(join(fixture.root, "becomes-file", "hollow"));
}

/** Changes all of it. */
function changeAll(folder: string): void {
  for (const name of [
    "crlf.txt",
    "no-end.txt",
    "empty.txt",
    "binary.bin",
    "latin.txt",
    "private.txt",
    "odd.sh",
  ])
    writeFileSync(join(folder, name), "changed\n");
  rmSync(join(folder, "tool.sh"));
  rmSync(join(folder, "gone"), { recursive: true });
  rmSync(join(folder, "becomes-folder"));
  rmSync(join(folder, "becomes-file"), { recursive: true });
  rmSync(join(folder, "kept", "its.txt"));
  for (const name of ["link", "outside", "dangling"]) rmSync(join(folder, name));
  fixture.write(
    {
      "becomes-folder/new.txt": "new\n",
      "becomes-file": "now a file\n",
      "waiting/below/new.txt": "in a folder that was empty\n",
      "made/by/run.txt": "new\n",
      room: "where a folder of folders stood\n",
      link: "no link any more\n",
      "ue\u0308 \u4e2d 'x'.txt": "other names\n",
    },
    folder,
  );
  symlinkSync("crlf.txt", join(folder, "new-link"));
  chmodSync(join(folder, "empty.txt"), 0o755);
}

describe("undo", () => {
  test("restores everything: bytes, permission bits, links, and the folders that came and went", async () => {
    prepare();
    const before = everythingIn(fixture.root);
    const applied = await apply(await treeAfter(changeAll));
    const after = everythingIn(fixture.root);
    expect(after["made/by/run.txt"]).toBeDefined();
    expect(after.gone).toBeUndefined();
    const undone = await undo(applied);
    expect(everythingIn(fixture.root)).toEqual(before);
    // And there and back again, as often as wanted.
    await undo(undone);
    expect(everythingIn(fixture.root)).toEqual(after);
    await undo(applied);
    expect(everythingIn(fixture.root)).toEqual(before);
  });

  test("leaves what is no part of the change alone, to the nanosecond", async () => {
    prepare();
    const applied = await apply(await treeAfter(changeAll));
    fixture.write({
      "kept/mine.txt": "edited meanwhile\n",
      "made/mine-too.txt": "mine\n",
      "later.txt": "x\n",
    });
    utimesSync(join(fixture.root, "kept", "mine.txt"), 1_000_000, 1_000_000);
    const times = ["kept/mine.txt", "made/mine-too.txt", "later.txt"].map(
      (path) => lstatSync(join(fixture.root, path), { bigint: true }).mtimeNs,
    );
    await undo(applied);
    expect(fixture.read("kept/mine.txt")).toBe("edited meanwhile\n");
    expect(fixture.read("kept/its.txt")).toBe("its\n");
    expect(fixture.has("made/by")).toBe(false);
    expect(
      ["kept/mine.txt", "made/mine-too.txt", "later.txt"].map(
        (path) => lstatSync(join(fixture.root, path), { bigint: true }).mtimeNs,
      ),
    ).toEqual(times);
  });

  test("names the files the person changed since, and changes nothing", async () => {
    prepare();
    const applied = await apply(await treeAfter(changeAll));
    fixture.write({ "crlf.txt": "mine\n", "made/by/run.txt": "mine too\n", "tool.sh": "made again\n" });
    const before = everythingIn(fixture.root);
    const { conflicts } = await trees.planUndo([applied], never);
    expect(conflicts.map(({ path }) => path).sort()).toEqual(["crlf.txt", "made/by/run.txt", "tool.sh"]);
    expect(conflicts.find(({ path }) => path === "crlf.txt")?.reason).toBe(
      "changed since the change was applied",
    );
    expect(everythingIn(fixture.root)).toEqual(before);
  });

  test("keeps permissions that the person set after the change", async () => {
    fixture.write({ "a.txt": "a\n" });
    chmodSync(join(fixture.root, "a.txt"), 0o644);
    const applied = await apply(await treeAfter((folder) => fixture.write({ "a.txt": "b\n" }, folder)));
    chmodSync(join(fixture.root, "a.txt"), 0o600);
    await undo(applied);
    expect(everythingIn(fixture.root)).toEqual({ "a.txt": "file 600 a\n" });
  });

  test("takes two changes back to before the first", async () => {
    prepare();
    const before = everythingIn(fixture.root);
    const first = await treeAfter(changeAll);
    const one = await apply(first);
    chmodSync(join(fixture.root, "made"), 0o700);
    const second = await treeAfter((folder) => {
      fixture.write(
        { "made/by/run.txt": "again\n", "gone/deep/only.txt": "back\n", "more/x.txt": "x\n" },
        folder,
      );
      rmSync(join(folder, "new-link"));
    }, first);
    const two = await apply(second, first);
    await undo(one, two);
    expect(everythingIn(fixture.root)).toEqual(before);
  });

  test("needs only its own run's folder, and no person's repository", async () => {
    prepare();
    fixture.git("init", "-q");
    fixture.git("add", "-A");
    fixture.git("commit", "-qm", "one");
    const before = everythingIn(fixture.root);
    const applied = await apply(await treeAfter(changeAll));
    rmSync(join(fixture.root, ".git"), { recursive: true });
    await trees.removeFolders();
    trees = fixture.trees();
    await undo(applied);
    const isGit = ([path]: readonly [string, string]): boolean => path === ".git" || path.startsWith(".git/");
    expect(everythingIn(fixture.root)).toEqual(
      Object.fromEntries(Object.entries(before).filter((entry) => !isGit(entry))),
    );
  });

  test("works with the plan of a release that kept no permissions or folders", async () => {
    fixture.write({ "a/b.txt": "b\n", "c.txt": "c\n" });
    const before = everythingIn(fixture.root);
    const applied = await apply(
      await treeAfter((folder) => {
        rmSync(join(folder, "a"), { recursive: true });
        fixture.write({ "d/e.txt": "e\n", "c.txt": "d\n" }, folder);
      }),
    );
    const { folders: _, ...old } = applied;
    const steps = old.steps.map(({ permissions: __, ...step }) => step);
    await undo({ ...old, steps });
    expect(everythingIn(fixture.root)).toEqual(before);
  });
});
