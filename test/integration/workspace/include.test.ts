import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contentOf, never, TreeFixture } from "./tree-fixture.ts";

let fixture: TreeFixture;

beforeEach(() => {
  fixture = new TreeFixture();
  fixture.write({
    ".gitignore": "*.local\n.env*\ndata/\n*.key\n",
    ".worktreeinclude": "# needed by tests\n.env*\ndata/seed.*\n*.local\n!never.local\n*.key\na.txt\n",
    "a.txt": "a\n",
    ".env": "TOKEN=1\n",
    ".env.test": "URL=x\n",
    "data/seed.db": "seed\n",
    "data/other.db": "other\n",
    "deep/down/x.local": "x\n",
    "never.local": "no\n",
    "server.key": "key\n",
  });
});

afterEach(() => fixture.dispose());

test("a tree gets the ignored files that .worktreeinclude names, and no secret", async () => {
  const trees = fixture.trees();
  const base = await trees.snapshot(never);
  const folder = await trees.openTaskTree({ name: "t-1", tree: base }, never);
  expect(Object.keys(contentOf(folder)).sort()).toEqual([
    ".env.test",
    ".gitignore",
    ".worktreeinclude",
    "a.txt",
    "data/seed.db",
    "deep/down/x.local",
  ]);
  expect(lstatSync(join(folder, ".env.test")).mode & 0o777).toBe(0o600);
  expect(trees.notes().map(({ path }) => path)).toEqual([".env", "server.key"]);
});

test("they are no part of the work, though it changes them and the rules that ignore them", async () => {
  const trees = fixture.trees();
  const base = await trees.snapshot(never);
  const folder = await trees.openTaskTree({ name: "t-1", tree: base }, never);
  fixture.write({ ".gitignore": "", ".env.test": "URL=changed\n", "b.txt": "b\n" }, folder);
  const given = { taskId: "t-1", changeSetId: "c-1", folder, base };
  const set = await fixture.trees().collect(given, never);
  expect(set?.files.map(({ path }) => path)).toEqual([".gitignore", "b.txt"]);
  expect(fixture.read(".env.test")).toBe("URL=x\n");
});

test("nothing is copied without the file, or where it is a link", async () => {
  const trees = fixture.trees();
  const base = await trees.snapshot(never);
  const rules = join(fixture.base, "rules");
  fixture.write({ rules: ".env.test\n" }, fixture.base);
  const other = new TreeFixture();
  try {
    other.write({ ".gitignore": ".env*\n", ".env.test": "URL=x\n" });
    symlinkSync(rules, join(other.root, ".worktreeinclude"));
    const theirs = other.trees();
    const folder = await theirs.openTaskTree({ name: "t-1", tree: await theirs.snapshot(never) }, never);
    expect(existsSync(join(folder, ".env.test"))).toBe(false);
  } finally {
    other.dispose();
  }
  expect(base).toHaveLength(64);
});

test("neither a link of the workspace nor one of the tree leads out", async () => {
  mkdirSync(join(fixture.base, "outside"));
  fixture.write({ "outside/x.local": "theirs\n" }, fixture.base);
  symlinkSync(join(fixture.base, "outside"), join(fixture.root, "way-out.local"));
  symlinkSync(join(fixture.base, "outside", "x.local"), join(fixture.root, "file.local"));
  const trees = fixture.trees();
  const base = await trees.snapshot(never);
  const folder = await trees.checkout({ name: "t-1", tree: base }, never);
  expect(existsSync(join(folder, "file.local"))).toBe(false);
  // A tree in which an agent put a link where the file's folder was.
  symlinkSync(join(fixture.base, "outside"), join(folder, "shared"));
  const set = await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder, base }, never);
  fixture.write({ "shared/y.local": "mine\n" });
  const later = fixture.trees();
  const next = await later.checkout({ name: "t-2", tree: set?.result ?? "" }, never);
  expect(lstatSync(join(next, "shared")).isSymbolicLink()).toBe(true);
  expect(existsSync(join(fixture.base, "outside", "y.local"))).toBe(false);
  expect(readFileSync(join(fixture.base, "outside", "x.local"), "utf8")).toBe("theirs\n");
});
