import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChangeSet } from "../../../agent-host/protocol/change-set.ts";
import type { RunTrees } from "../../../agent-host/workspace/run-trees.ts";
import { contentOf, never, TreeFixture } from "./tree-fixture.ts";

let fixture: TreeFixture;
let trees: RunTrees;
let base: string;

beforeEach(async () => {
  fixture = new TreeFixture();
  fixture.write({
    ".gitignore": "node_modules/\n*.log\n",
    "a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
    "b.txt": "b\n",
    "src/c.ts": "c\n",
    "src/d.ts": "d\n",
    "node_modules/x/index.js": "x\n",
  });
  trees = fixture.trees();
  base = await trees.snapshot(never);
});

afterEach(() => fixture.dispose());

async function open(name: string, tree = base): Promise<string> {
  return await trees.openTaskTree({ name, tree }, never);
}

async function collect(name: string, folder: string, from = base): Promise<ChangeSet | null> {
  return await trees.collect({ taskId: `t-${name}`, changeSetId: `c-${name}`, folder, base: from }, never);
}

/** The change set of a task that does `work` in its folder. */
async function workOf(name: string, work: (folder: string) => void): Promise<ChangeSet> {
  const folder = await open(name);
  work(folder);
  const set = await collect(name, folder);
  if (set === null) throw new Error("nothing was changed");
  return set;
}

describe("openTaskTree", () => {
  test("keeps a folder with the work in it, also after a restart", async () => {
    const folder = await open("t-1");
    fixture.write({ "b.txt": "work\n" }, folder);
    expect(await fixture.trees().openTaskTree({ name: "t-1", tree: base }, never)).toBe(folder);
    expect(contentOf(folder)["b.txt"]).toBe("- work\n");
  });

  test("fills a folder again that was not filled to its end", async () => {
    const folder = await open("t-1");
    rmSync(`${folder}.json`);
    rmSync(join(folder, "b.txt"));
    fixture.write({ "stray.txt": "half\n" }, folder);
    writeFileSync(`${folder}.index`, "half");
    writeFileSync(`${folder}.index.lock`, "half");
    expect(await open("t-1")).toBe(folder);
    const content = contentOf(folder, ["node_modules"]);
    expect(Object.keys(content).sort()).toEqual([".gitignore", "a.txt", "b.txt", "src/c.ts", "src/d.ts"]);
  });

  test("links the workspace's dependencies, which are no part of the work", async () => {
    const folder = await open("t-1");
    expect(readlinkSync(join(folder, "node_modules"))).toBe(join(fixture.root, "node_modules"));
    expect(await collect("1", folder)).toBeNull();
    rmSync(join(folder, "node_modules"));
    fixture.write({ "node_modules/y/index.js": "y\n" }, folder);
    expect(await collect("1", folder)).toBeNull();
    expect(fixture.read("node_modules/x/index.js")).toBe("x\n");
  });

  test("holds no repository and is closed to others", async () => {
    const folder = await open("t-1");
    expect(existsSync(join(folder, ".git"))).toBe(false);
    expect(statSync(fixture.folder).mode & 0o777).toBe(0o700);
  });

  test("refuses a name that leads elsewhere", async () => {
    for (const name of ["../x", "a/b", "", ".git", "shadow.git", "-x"])
      await expect(open(name)).rejects.toMatchObject({ code: "tree.badName" });
  });

  test("refuses what is no tree", async () => {
    await expect(open("t-1", "--all")).rejects.toMatchObject({ code: "tree.badHash" });
    await expect(open("t-2", "0".repeat(64))).rejects.toMatchObject({ code: "tree.gitFailed" });
  });
});

describe("checkout", () => {
  test("is fresh each time, whatever was left there", async () => {
    const folder = await trees.checkout({ name: "gate", tree: base }, never);
    fixture.write({ "stray/x.txt": "x\n", "b.txt": "changed\n" }, folder);
    execFileSync("chmod", ["0", join(folder, "stray")]);
    expect(await trees.checkout({ name: "gate", tree: base }, never)).toBe(folder);
    const content = contentOf(folder, ["node_modules"]);
    expect(content["b.txt"]).toBe("- b\n");
    expect(Object.keys(content)).not.toContain("stray/x.txt");
  });
});

describe("collect", () => {
  test("tells additions, changes, deletions and modes apart", async () => {
    const set = await workOf("1", (folder) => {
      fixture.write(
        { "a.txt": "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "new/e.ts": "e\nf\n", "g.bin": Buffer.alloc(9) },
        folder,
      );
      rmSync(join(folder, "src", "c.ts"));
      chmodSync(join(folder, "src", "d.ts"), 0o755);
      symlinkSync("../../etc/passwd", join(folder, "out"));
      writeFileSync(join(folder, "noise.log"), "ignored\n");
    });
    expect(set.files).toEqual([
      { path: "a.txt", status: "modified", added: 1, removed: 1, mode: "100644" },
      { path: "g.bin", status: "added", added: null, removed: null, mode: "100644" },
      { path: "new/e.ts", status: "added", added: 2, removed: 0, mode: "100644" },
      { path: "out", status: "added", added: 1, removed: 0, mode: "120000" },
      { path: "src/c.ts", status: "deleted", added: 0, removed: 1, mode: null },
      { path: "src/d.ts", status: "modified", added: 0, removed: 0, mode: "100755" },
    ]);
    expect(set.base).toBe(base);
    expect(await trees.changes(base, set.result, never)).toEqual(set.files);
  });

  test("gives the same answer when it is asked again", async () => {
    const folder = await open("t-1");
    fixture.write({ "b.txt": "new\n" }, folder);
    const set = await collect("1", folder);
    expect(await collect("1", folder)).toEqual(set);
    trees = fixture.trees();
    expect(await collect("1", folder)).toEqual(set);
    fixture.write({ "b.txt": "b\n" }, folder);
    expect(await collect("1", folder)).toBeNull();
  });

  test("finds a change that hides behind size and time", async () => {
    const folder = await open("t-1");
    const { atime, mtime } = statSync(join(folder, "b.txt"));
    writeFileSync(join(folder, "b.txt"), "B\n");
    utimesSync(join(folder, "b.txt"), atime, mtime);
    expect((await collect("1", folder))?.files.map(({ path }) => path)).toEqual(["b.txt"]);
  });

  test("collects what became a file from a folder, a folder from a file, and a link", async () => {
    const set = await workOf("1", (folder) => {
      rmSync(join(folder, "src"), { recursive: true });
      writeFileSync(join(folder, "src"), "file\n");
      rmSync(join(folder, "b.txt"));
      fixture.write({ "b.txt/inner.txt": "inner\n" }, folder);
      rmSync(join(folder, "a.txt"));
      symlinkSync("src", join(folder, "a.txt"));
    });
    expect(set.files.map(({ path, status }) => `${status} ${path}`)).toEqual([
      "modified a.txt",
      "deleted b.txt",
      "added b.txt/inner.txt",
      "added src",
      "deleted src/c.ts",
      "deleted src/d.ts",
    ]);
    const folder = await trees.checkout({ name: "look", tree: set.result }, never);
    expect(contentOf(folder, ["node_modules"])).toEqual({
      ".gitignore": "- node_modules/\n*.log\n",
      "a.txt": "link src",
      "b.txt/inner.txt": "- inner\n",
      src: "- file\n",
    });
  });

  test("does not follow a link in place of a folder", async () => {
    const secret = join(fixture.base, "secret");
    mkdirSync(secret);
    writeFileSync(join(secret, "c.ts"), "secret\n");
    const set = await workOf("1", (folder) => {
      rmSync(join(folder, "src"), { recursive: true });
      symlinkSync(secret, join(folder, "src"));
    });
    expect(set.files.map(({ path, status }) => `${status} ${path}`)).toEqual([
      "added src",
      "deleted src/c.ts",
      "deleted src/d.ts",
    ]);
    expect(await trees.diff({ base, tree: set.result, maxBytes: 10_000 }, never)).not.toContain("+secret");
  });

  test("leaves out repositories that are made inside, but not the work beside them", async () => {
    const set = await workOf("1", (folder) => {
      fixture.gitIn(folder, "init", "-q");
      fixture.gitIn(join(folder, "src"), "init", "-q");
      fixture.write({ "src/new.ts": "n\n", "clone/x.ts": "x\n" }, folder);
      fixture.gitIn(join(folder, "clone"), "init", "-q");
      fixture.gitIn(join(folder, "clone"), "add", ".");
      fixture.gitIn(join(folder, "clone"), "commit", "-q", "-m", "first");
    });
    expect(set.files.map(({ path }) => path)).toEqual(["src/new.ts"]);
    expect(trees.notes()).toContainEqual({ path: "clone", reason: "it is a repository of its own" });
  });

  test("keeps the base's version of what it may not name or read", async () => {
    const odd = Buffer.concat([Buffer.from(`${fixture.root}/odd`), Buffer.from([0xff])]);
    writeFileSync(odd, "odd\n");
    trees = fixture.trees({ folder: join(fixture.base, "run", "second"), limits: { fileBytes: 1_000 } });
    base = await trees.snapshot(never);
    const folder = await open("t-1");
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/odd`), Buffer.from([0xff])]), "changed\n");
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/new`), Buffer.from([0xff])]), "new\n");
    rmSync(join(folder, "a.txt"));
    execFileSync("mkfifo", [join(folder, "a.txt")]);
    writeFileSync(join(folder, "b.txt"), Buffer.alloc(1_001));
    expect(await collect("1", folder)).toBeNull();
    expect(trees.notes().map(({ path }) => path)).toEqual(["a.txt", "b.txt", "odd\ufffd", "new\ufffd"]);
  });

  test("says that the folder is gone, instead of deleting everything", async () => {
    const folder = await open("t-1");
    rmSync(folder, { recursive: true });
    await expect(collect("1", folder)).rejects.toMatchObject({ code: "tree.folderMissing" });
  });
});

describe("merge", () => {
  test("joins the work of parallel tasks, also in one file", async () => {
    const one = await workOf("1", (folder) =>
      fixture.write({ "a.txt": "one\n2\n3\n4\n5\n6\n7\n8\n9\n", "new.ts": "n\n" }, folder),
    );
    const two = await workOf("2", (folder) => {
      fixture.write({ "a.txt": "1\n2\n3\n4\n5\n6\n7\n8\nnine\n" }, folder);
      rmSync(join(folder, "src", "c.ts"));
    });
    const merged = await trees.merge(two, one.result, never);
    if (merged.kind !== "merged") throw new Error("a conflict");
    expect(
      (await trees.readFile({ tree: merged.tree, path: "a.txt", maxBytes: 100 }, never))?.toString(),
    ).toBe("one\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    expect((await trees.changes(base, merged.tree, never)).map(({ path }) => path)).toEqual([
      "a.txt",
      "new.ts",
      "src/c.ts",
    ]);
    expect(await trees.merge(two, one.result, never)).toEqual(merged);
    expect(await trees.merge(two, merged.tree, never)).toEqual(merged);
  });

  test("names the files that two tasks changed differently", async () => {
    const one = await workOf("1", (folder) => {
      fixture.write({ "a.txt": "one\n", "x y\n.txt": "1\n" }, folder);
      rmSync(join(folder, "b.txt"));
    });
    const two = await workOf("2", (folder) =>
      fixture.write({ "a.txt": "two\n", "b.txt": "two\n", "x y\n.txt": "2\n" }, folder),
    );
    expect(await trees.merge(two, one.result, never)).toEqual({
      kind: "conflict",
      files: ["a.txt", "b.txt", "x y\n.txt"],
    });
  });

  test("keeps line ends and does not merge binary files", async () => {
    const one = await workOf("1", (folder) =>
      fixture.write({ "crlf.txt": "a\r\nb\r\n", "x.bin": Buffer.from([0, 1]) }, folder),
    );
    const two = await workOf("2", (folder) => fixture.write({ "x.bin": Buffer.from([0, 2]) }, folder));
    const three = await workOf("3", (folder) => fixture.write({ "other.txt": "o\n" }, folder));
    expect(await trees.merge(two, one.result, never)).toEqual({ kind: "conflict", files: ["x.bin"] });
    const merged = await trees.merge(three, one.result, never);
    if (merged.kind !== "merged") throw new Error("a conflict");
    const file = { tree: merged.tree, path: "crlf.txt", maxBytes: 100 };
    expect((await trees.readFile(file, never))?.toString()).toBe("a\r\nb\r\n");
  });

  test("runs no driver and no hook that a tree's attributes ask for", async () => {
    fixture.write({ ".gitattributes": "* merge=ours -diff\n" });
    trees = fixture.trees({ folder: join(fixture.base, "run", "second") });
    base = await trees.snapshot(never);
    const one = await workOf("1", (folder) => fixture.write({ "b.txt": "one\n" }, folder));
    const two = await workOf("2", (folder) => fixture.write({ "b.txt": "two\n" }, folder));
    expect(await trees.merge(two, one.result, never)).toEqual({ kind: "conflict", files: ["b.txt"] });
    expect(one.files[0]).toMatchObject({ added: 1, removed: 1 });
  });
});

describe("diff and readFile", () => {
  test("show a unified diff, of some files, cut after a number of bytes", async () => {
    const { result } = await workOf("1", (folder) =>
      fixture.write({ "b.txt": "new\n", "*.txt": "star\n", "żółw.txt": `${"ż".repeat(2_000)}\n` }, folder),
    );
    const diff = await trees.diff({ base, tree: result, paths: ["b.txt"], maxBytes: 10_000 }, never);
    expect(diff).toMatch(/^diff --git a\/b\.txt b\/b\.txt\n/);
    expect(diff).toContain("\n-b\n+new\n");
    expect(diff).not.toContain("star");
    const star = await trees.diff({ base, tree: result, paths: ["*.txt"], maxBytes: 10_000 }, never);
    expect(star.match(/^diff --git/gm)).toHaveLength(1);
    const paths = Array.from({ length: 1_000 }, (_, index) => `${"n".repeat(200)}${index}`);
    const many = await trees.diff(
      { base, tree: result, paths: [...paths, "b.txt"], maxBytes: 10_000 },
      never,
    );
    expect(many).toBe(diff);
    expect(await trees.diff({ base, tree: result, paths: [], maxBytes: 10_000 }, never)).toBe("");
    const cut = await trees.diff({ base, tree: result, paths: ["żółw.txt"], maxBytes: 1_001 }, never);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(990);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_001);
    expect(cut).not.toContain("\ufffd");
  });

  test("read a file's bytes within a limit", async () => {
    const at = (path: string, maxBytes: number) => trees.readFile({ tree: base, path, maxBytes }, never);
    expect((await at("src/c.ts", 2))?.toString()).toBe("c\n");
    expect(await at("src/c.ts", 1)).toBeNull();
    for (const path of ["src", "none", "../b.txt", "src/", "*.txt", "-r"])
      expect(await at(path, 100)).toBeNull();
  });
});

describe("removeFolders", () => {
  test("removes whole and half-filled folders and keeps the shadow repository", async () => {
    const folder = await open("t-1");
    await open("t-2");
    rmSync(`${folder}.json`);
    mkdirSync(join(folder, "closed", "x"), { recursive: true });
    chmodSync(join(folder, "closed"), 0);
    const set = await workOf("3", (each) => fixture.write({ "b.txt": "new\n" }, each));
    await trees.removeFolders();
    expect(readdirSync(fixture.folder).filter((name) => /^t-|^3/.test(name))).toEqual([]);
    expect(await fixture.trees().changes(base, set.result, never)).toHaveLength(1);
    expect(fixture.has("node_modules/x/index.js")).toBe(true);
  });
});
