import { chmodSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunTrees } from "../../../agent-host/workspace/run-trees.ts";
import { contentOf, never, TreeFixture } from "./tree-fixture.ts";

let fixture: TreeFixture;
let trees: RunTrees;
let base: string;

const lines = (change: Readonly<Record<number, string>> = {}, end = "\n"): string =>
  Array.from({ length: 40 }, (_, index) => change[index + 1] ?? `line ${index + 1}`).join(end) + end;

beforeEach(async () => {
  fixture = new TreeFixture();
  fixture.write({
    "a.txt": lines(),
    "crlf.txt": lines({}, "\r\n"),
    "no-end.txt": "one\ntwo",
    "latin.txt": Buffer.from(`${lines()}caf\xe9\n`, "latin1"),
    "binary.bin": Buffer.from([0, 1, 2]),
    "gone.txt": "gone\n",
    "run.sh": "#!/bin/sh\n",
    "was-file": "file\n",
    "dir/x.txt": "x\n",
  });
  symlinkSync("a.txt", join(fixture.root, "link"));
  trees = fixture.trees();
  base = await trees.snapshot(never);
});

afterEach(() => fixture.dispose());

async function treeAfter(work: (folder: string) => void): Promise<string> {
  const folder = await trees.checkout({ name: "work", tree: base }, never);
  work(folder);
  const set = await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder, base }, never);
  return set?.result ?? base;
}

async function filesOf(tree: string): Promise<Record<string, string>> {
  return contentOf(await trees.checkout({ name: "look", tree }, never));
}

const three = { 2: "TWO", 20: "TWENTY", 39: "NEARLY LAST" };

describe("fileChange", () => {
  test("tells both sides and every hunk between them", async () => {
    const tree = await treeAfter((folder) => fixture.write({ "a.txt": lines(three) }, folder));
    const found = await trees.fileChange({ base, tree, path: "a.txt" }, never);
    expect(found).toMatchObject({ before: lines(), after: lines(three), isBinary: false });
    expect(found.hunks).toHaveLength(3);
    expect(found.hunks[1]).toEqual({
      index: 1,
      beforeStart: 17,
      beforeLines: 7,
      afterStart: 17,
      afterLines: 7,
      text: " line 17\n line 18\n line 19\n-line 20\n+TWENTY\n line 21\n line 22\n line 23\n",
    });
  });

  test("counts lines that look like headers as what they are", async () => {
    const tree = await treeAfter((folder) =>
      fixture.write({ "a.txt": lines({ 2: "@@ -1,3 +1,3 @@\n--- a\n+++ b", 30: "x" }) }, folder),
    );
    const { hunks } = await trees.fileChange({ base, tree, path: "a.txt" }, never);
    expect(hunks).toHaveLength(2);
    const left = await trees.leaveOut({ base, tree, parts: [{ path: "a.txt", hunks: [0] }] }, never);
    expect((await filesOf(left))["a.txt"]).toBe(`- ${lines({ 30: "x" })}`);
  });

  test("has no hunks for what cannot be taken apart", async () => {
    const long = "x".repeat(999).concat("\n").repeat(1_001);
    const tree = await treeAfter((folder) => {
      fixture.write({ "binary.bin": Buffer.from([0, 3]), "long.txt": long }, folder);
      rmSync(join(folder, "link"));
      symlinkSync("gone.txt", join(folder, "link"));
      chmodSync(join(folder, "run.sh"), 0o755);
    });
    const of = async (path: string) => await trees.fileChange({ base, tree, path }, never);
    expect(await of("binary.bin")).toEqual({ before: null, after: null, isBinary: true, hunks: [] });
    expect(await of("long.txt")).toEqual({ before: null, after: null, isBinary: false, hunks: [] });
    expect(await of("link")).toMatchObject({ before: "a.txt", after: "gone.txt", hunks: [] });
    expect(await of("run.sh")).toMatchObject({ before: "#!/bin/sh\n", after: "#!/bin/sh\n", hunks: [] });
    await expect(of("a.txt")).rejects.toMatchObject({ code: "change.unknownPart" });
    await expect(of("dir")).rejects.toMatchObject({ code: "change.unknownPart" });
    await expect(of("*.txt")).rejects.toMatchObject({ code: "change.unknownPart" });
  });
});

describe("leaveOut", () => {
  test("gives for every choice of hunks the bytes that are left", async () => {
    const latin = (change: Readonly<Record<number, string>>): Buffer =>
      Buffer.from(`${lines(change)}caf\xe9\n`, "latin1");
    const tree = await treeAfter((folder) =>
      fixture.write(
        { "a.txt": lines(three), "crlf.txt": lines(three, "\r\n"), "latin.txt": latin(three) },
        folder,
      ),
    );
    for (let choice = 1; choice < 8; choice += 1) {
      const hunks = [0, 1, 2].filter((index) => (choice & (1 << index)) !== 0);
      const kept = Object.fromEntries(Object.entries(three).filter((_, index) => !hunks.includes(index)));
      const parts = ["a.txt", "crlf.txt", "latin.txt"].map((path) => ({ path, hunks }));
      const files = await filesOf(await trees.leaveOut({ base, tree, parts }, never));
      expect(files["a.txt"]).toBe(`- ${lines(kept)}`);
      expect(files["crlf.txt"]).toBe(`- ${lines(kept, "\r\n")}`);
      expect(files["latin.txt"]).toBe(`- ${latin(kept).toString("latin1")}`);
    }
  });

  test("brings whole files back: changed, added, deleted, renamed, links and modes", async () => {
    const tree = await treeAfter((folder) => {
      fixture.write({ "added/new.txt": "new\n", "renamed.txt": "gone\n", "binary.bin": "text\n" }, folder);
      for (const name of ["gone.txt", "link"]) rmSync(join(folder, name));
      chmodSync(join(folder, "run.sh"), 0o755);
    });
    const paths = ["added/new.txt", "renamed.txt", "binary.bin", "gone.txt", "link", "run.sh"];
    const parts = paths.map((path) => ({ path }));
    expect(await trees.leaveOut({ base, tree, parts }, never)).toBe(base);
    const some = await trees.leaveOut({ base, tree, parts: [{ path: "link" }, { path: "run.sh" }] }, never);
    const changed = await trees.changes(base, some, never);
    expect(changed.map(({ path }) => path)).toEqual([
      "added/new.txt",
      "binary.bin",
      "gone.txt",
      "renamed.txt",
    ]);
  });

  test("takes the only hunk of an added or deleted file for the whole file", async () => {
    const tree = await treeAfter((folder) => {
      fixture.write({ "new.txt": "new\n" }, folder);
      rmSync(join(folder, "gone.txt"));
    });
    const parts = ["new.txt", "gone.txt"].map((path) => ({ path, hunks: [0] }));
    expect(await trees.leaveOut({ base, tree, parts }, never)).toBe(base);
  });

  test("minds the missing end of a last line", async () => {
    const tree = await treeAfter((folder) => fixture.write({ "no-end.txt": "one\ntwo\nthree\n" }, folder));
    const parts = [{ path: "no-end.txt", hunks: [0] }];
    expect(await trees.leaveOut({ base, tree, parts }, never)).toBe(base);
  });

  test("refuses what is not part of the change, and what has no place", async () => {
    const tree = await treeAfter((folder) => {
      fixture.write({ "a.txt": lines(three) }, folder);
      rmSync(join(folder, "was-file"));
      rmSync(join(folder, "dir"), { recursive: true });
      fixture.write({ "was-file/inner.txt": "inner\n", dir: "a file\n" }, folder);
    });
    const refused = async (parts: { path: string; hunks?: number[] }[]): Promise<unknown> =>
      await trees.leaveOut({ base, tree, parts }, never).then(
        () => null,
        (error: { code?: string }) => error.code,
      );
    expect(await refused([{ path: "binary.bin" }])).toBe("change.unknownPart");
    expect(await refused([{ path: "a.txt", hunks: [3] }])).toBe("change.unknownPart");
    expect(await refused([{ path: "was-file" }])).toBe("change.inseparable");
    expect(await refused([{ path: "dir/x.txt" }])).toBe("change.inseparable");
    expect(await refused([{ path: "was-file" }, { path: "was-file/inner.txt" }])).toBeNull();
    expect(await refused([{ path: "dir/x.txt" }, { path: "dir" }])).toBeNull();
  });

  test("changes neither tree it was made from", async () => {
    const tree = await treeAfter((folder) => fixture.write({ "a.txt": lines(three) }, folder));
    await trees.leaveOut({ base, tree, parts: [{ path: "a.txt", hunks: [1] }] }, never);
    expect((await filesOf(tree))["a.txt"]).toBe(`- ${lines(three)}`);
    expect((await filesOf(base))["a.txt"]).toBe(`- ${lines()}`);
  });
});

describe("mergeWithMarkers", () => {
  test("writes both sides between markers, and what merged beside them", async () => {
    const ours = await treeAfter((folder) =>
      fixture.write({ "a.txt": lines({ 2: "OURS", 30: "ours alone" }), "o.txt": "o\n" }, folder),
    );
    const theirs = await treeAfter((folder) =>
      fixture.write({ "a.txt": lines({ 2: "THEIRS" }), "t.txt": "t\n", "gone.txt": "changed\n" }, folder),
    );
    const changeSet = { changeSetId: "c-1", taskId: "t-1", base, result: theirs, files: [] };
    expect(await trees.merge(changeSet, ours, never)).toEqual({ kind: "conflict", files: ["a.txt"] });
    const { tree, files } = await trees.mergeWithMarkers(changeSet, ours, never);
    expect(files).toEqual(["a.txt"]);
    const found = await filesOf(tree);
    expect(found["a.txt"]).toContain(`<<<<<<< merged-${ours.slice(0, 8)}\nOURS\n=======\nTHEIRS\n>>>>>>>`);
    expect(found["a.txt"]).toContain("\nours alone\n");
    expect([found["o.txt"], found["t.txt"], found["gone.txt"]]).toEqual(["- o\n", "- t\n", "- changed\n"]);
  });
});

describe("prepareOnce", () => {
  test("prepares each folder once, however many ask, and again only after a failure", async () => {
    const folder = await trees.openTaskTree({ name: "t-1", tree: base }, never);
    const asked: string[] = [];
    const failing = async (): Promise<void> => {
      asked.push("failed");
      throw new Error("no network");
    };
    await expect(trees.prepareOnce(folder, failing, never)).rejects.toThrow("no network");
    const prepare = async (given: string): Promise<void> => void asked.push(given);
    await Promise.all([1, 2, 3].map(() => trees.prepareOnce(folder, prepare, never)));
    const later = fixture.trees();
    expect(await later.openTaskTree({ name: "t-1", tree: base }, never)).toBe(folder);
    await later.prepareOnce(folder, prepare, never);
    expect(asked).toEqual(["failed", folder]);
    await later.prepareOnce(await later.checkout({ name: "t-1", tree: base }, never), prepare, never);
    expect(asked).toEqual(["failed", folder, folder]);
  });
});
