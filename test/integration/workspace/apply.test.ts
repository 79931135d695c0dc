import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openParent } from "../../../agent-host/workspace/folder-handle.ts";
import type { ApplyConflict, ApplyPlan, RunTrees } from "../../../agent-host/workspace/run-trees.ts";
import { contentOf, never, TreeFixture } from "./tree-fixture.ts";

let fixture: TreeFixture;
let trees: RunTrees;
let base: string;

beforeEach(async () => {
  fixture = new TreeFixture();
  fixture.write({
    ".gitignore": "*.log\n",
    "a.txt": "a\n",
    "b.txt": "b\n",
    "run.sh": "#!/bin/sh\n",
    "src/c.ts": "c\n",
    "src/deep/d.ts": "d\n",
  });
  trees = fixture.trees();
  base = await trees.snapshot(never);
});

afterEach(() => fixture.dispose());

/** The tree after `work` was done in a task's folder. */
async function treeAfter(work: (folder: string) => void): Promise<string> {
  const folder = await trees.checkout({ name: "work", tree: base }, never);
  work(folder);
  const set = await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder, base }, never);
  return set?.result ?? base;
}

async function planned(tree: string): Promise<{ plan: ApplyPlan; conflicts: readonly ApplyConflict[] }> {
  return await trees.planApply({ base, tree }, never);
}

/** Expects no conflict, applies, and returns the plan. */
async function applied(tree: string): Promise<ApplyPlan> {
  const { plan, conflicts } = await planned(tree);
  expect(conflicts).toEqual([]);
  await trees.apply(plan, never);
  return plan;
}

/** A git that runs a shell command when it is asked for the first content, before it answers. */
function gitThatFirst(command: string): string {
  const program = join(fixture.base, "git.sh");
  const script = [
    'case "$*" in',
    `*"cat-file --batch") read -r oid; ${command}; { echo "$oid"; cat; } | git "$@";;`,
    '*) exec git "$@";;',
    "esac",
  ];
  writeFileSync(program, `#!/bin/sh\n${script.join("\n")}\n`, { mode: 0o755 });
  return program;
}

const everything = (folder: string): void => {
  fixture.write(
    { "a.txt": "new\r\n", "made/here/e.bin": Buffer.from([0, 255, 13, 10]), "empty.txt": "" },
    folder,
  );
  fixture.write({ "zażółć/日本.txt": "u\n", "new\nline -rf": "n\n" }, folder);
  rmSync(join(folder, "src", "deep"), { recursive: true });
  chmodSync(join(folder, "run.sh"), 0o755);
  symlinkSync("a.txt", join(folder, "link"));
  rmSync(join(folder, "b.txt"));
  fixture.write({ "b.txt/inner.txt": "inner\n" }, folder);
};

describe("apply", () => {
  test("makes the workspace what the tree is, and nothing else", async () => {
    fixture.write({ "mine.log": "mine\n", "later.txt": "not the run's\n" });
    const tree = await treeAfter(everything);
    const expected = contentOf(await trees.checkout({ name: "look", tree }, never));
    await applied(tree);
    expect(contentOf(fixture.root)).toEqual({
      ...expected,
      "mine.log": "- mine\n",
      "later.txt": "- not the run's\n",
    });
    expect(fixture.has("src/deep")).toBe(false);
  });

  test("is undone by applying the other way round", async () => {
    const before = contentOf(fixture.root);
    const tree = await treeAfter(everything);
    await applied(tree);
    const back = await trees.planApply({ base: tree, tree: base }, never);
    expect(back.conflicts).toEqual([]);
    await trees.apply(back.plan, never);
    expect(contentOf(fixture.root)).toEqual(before);
    expect(fixture.has("made")).toBe(false);
  });

  test("finishes what was interrupted after any step", async () => {
    const before = contentOf(fixture.root);
    const tree = await treeAfter(everything);
    const { plan } = await planned(tree);
    const expected = contentOf(await trees.checkout({ name: "look", tree }, never));
    for (let done = 0; done <= plan.steps.length; done += 1) {
      await trees.apply({ ...plan, steps: plan.steps.slice(0, done) }, never);
      const again = fixture.trees();
      expect((await again.planApply({ base, tree }, never)).conflicts).toEqual([]);
      await again.apply(plan, never);
      expect(contentOf(fixture.root)).toEqual(expected);
      const back = await again.planApply({ base: tree, tree: base }, never);
      await again.apply(back.plan, never);
      expect(contentOf(fixture.root)).toEqual(before);
    }
  });

  test("removes the temporary file of a process that was killed", async () => {
    const tree = await treeAfter((folder) => fixture.write({ "a.txt": "new\n" }, folder));
    const { plan } = await planned(tree);
    // The name is the same for the same step: found by letting the step fail in its middle.
    const content = plan.steps[0]?.content ?? "";
    const damaged: ApplyPlan = { ...plan, steps: plan.steps.map((step) => ({ ...step, content: null })) };
    await expect(trees.apply(damaged, never)).rejects.toMatchObject({ code: "tree.badHash" });
    expect(content).toHaveLength(64);
    expect(readdirSync(fixture.root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await trees.apply(plan, never);
    expect(fixture.read("a.txt")).toBe("new\n");
  });

  test("puts a file where empty folders are left", async () => {
    const tree = await treeAfter((folder) => {
      rmSync(join(folder, "src"), { recursive: true });
      fixture.write({ src: "file\n" }, folder);
    });
    mkdirSync(join(fixture.root, "src", "empty", "within"), { recursive: true });
    const plan = await applied(tree);
    expect(fixture.read("src")).toBe("file\n");
    await trees.apply(plan, never);
    expect((await planned(tree)).conflicts).toEqual([]);
  });

  test("keeps who may read a file", async () => {
    chmodSync(join(fixture.root, "a.txt"), 0o640);
    chmodSync(join(fixture.root, "run.sh"), 0o600);
    await applied(
      await treeAfter((folder) => {
        fixture.write({ "a.txt": "new\n" }, folder);
        chmodSync(join(folder, "run.sh"), 0o755);
      }),
    );
    expect(statSync(join(fixture.root, "a.txt")).mode & 0o777).toBe(0o640);
    expect(statSync(join(fixture.root, "run.sh")).mode & 0o777).toBe(0o700);
  });

  test("refuses content that is not what was approved", async () => {
    const tree = await treeAfter((folder) => fixture.write({ "a.txt": "new\n", "b.txt": "other\n" }, folder));
    const { plan } = await planned(tree);
    const [first, second] = plan.steps;
    const swapped = plan.steps.map((step, index) => ({
      ...step,
      content: (index === 0 ? second : first)?.content ?? null,
    }));
    await expect(trees.apply({ ...plan, steps: swapped }, never)).rejects.toMatchObject({
      code: "apply.damaged",
    });
    expect(fixture.read("a.txt")).toBe("a\n");
    expect(readdirSync(fixture.root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("stops at a file that is neither as before nor as after, and names it", async () => {
    const tree = await treeAfter((folder) =>
      fixture.write({ "a.txt": "new\n", "src/c.ts": "new\n" }, folder),
    );
    const { plan } = await planned(tree);
    fixture.write({ "src/c.ts": "mine\n" });
    const failure = trees.apply(plan, never);
    await expect(failure).rejects.toMatchObject({ code: "apply.conflict" });
    await expect(failure).rejects.toThrow("src/c.ts changed since the run began");
    expect(fixture.read("a.txt")).toBe("new\n");
    expect(fixture.read("src/c.ts")).toBe("mine\n");
  });

  test("writes nothing below a name of the repository's own", async () => {
    const { plan } = await planned(await treeAfter((folder) => fixture.write({ "a.txt": "x\n" }, folder)));
    for (const path of [".git/config", "sub/.GIT/hooks/x", "../x", "/x", "git~1/x", "a//b"]) {
      const steps = plan.steps.map((step) => ({ ...step, path, before: null }));
      await expect(trees.apply({ ...plan, steps }, never)).rejects.toMatchObject({ code: "apply.conflict" });
    }
    expect(existsSync(join(fixture.base, "x"))).toBe(false);
  });

  test("writes nothing through a link in place of a folder", async () => {
    const outside = join(fixture.base, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "c.ts"), "c\n");
    const tree = await treeAfter((folder) => {
      fixture.write({ "src/c.ts": "new\n", "src/new.ts": "n\n" }, folder);
      rmSync(join(folder, "src", "deep"), { recursive: true });
    });
    const { plan } = await planned(tree);
    rmSync(join(fixture.root, "src"), { recursive: true });
    symlinkSync(outside, join(fixture.root, "src"));
    expect((await planned(tree)).conflicts.map(({ reason }) => reason)).toEqual(
      Array(3).fill("a folder above it is a link or a file"),
    );
    await expect(trees.apply(plan, never)).rejects.toMatchObject({ code: "apply.conflict" });
    expect(contentOf(outside)).toEqual({ "c.ts": "- c\n" });
  });

  test("writes nothing outside while someone swaps a folder and a link", async () => {
    const outside = join(fixture.base, "outside");
    mkdirSync(outside);
    const tree = await treeAfter((folder) => {
      const files = Array.from({ length: 40 }, (_, index) => [`src/n${index}.ts`, `${index}\n`]);
      fixture.write(Object.fromEntries(files), folder);
    });
    const { plan } = await planned(tree);
    const link = join(fixture.base, "link");
    symlinkSync(outside, link);
    const [real, aside] = [join(fixture.root, "src"), join(fixture.base, "aside")];
    const swapping = { isOn: true, count: 0 };
    const swaps = (async () => {
      for (; swapping.isOn; swapping.count += 1) {
        await rename(real, aside);
        // Applying makes a folder that is missing: then there is nothing to swap this time.
        if (
          await rename(link, real).then(
            () => true,
            () => false,
          )
        )
          await rename(real, link);
        else rmSync(real, { recursive: true, force: true });
        await rename(aside, real).catch(() => undefined);
        if (existsSync(aside)) rmSync(real, { recursive: true, force: true });
        if (existsSync(aside)) await rename(aside, real);
      }
    })();
    for (let attempt = 0; attempt < 25; attempt += 1) {
      // What a swap in the middle makes of it does not matter: only where it writes.
      await trees.apply(plan, never).catch(() => undefined);
    }
    swapping.isOn = false;
    await swaps;
    expect(swapping.count).toBeGreaterThan(10);
    expect(readdirSync(outside)).toEqual([]);
  });

  test("replaces nothing that is made or changed while it writes", async () => {
    const tree = await treeAfter((folder) => fixture.write({ "a.txt": "run\n", "n.txt": "run\n" }, folder));
    const { plan } = await planned(tree);
    for (const name of ["a.txt", "n.txt"]) {
      const steps = plan.steps.filter(({ path }) => path === name);
      const interrupted = fixture.trees({ git: gitThatFirst(`echo mine > '${join(fixture.root, name)}'`) });
      await expect(interrupted.apply({ ...plan, steps }, never)).rejects.toMatchObject({
        code: "apply.conflict",
      });
      expect(fixture.read(name)).toBe("mine\n");
    }
    expect(readdirSync(fixture.root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("stops when it is cancelled", async () => {
    const { plan } = await planned(await treeAfter(everything));
    await expect(trees.apply(plan, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});

describe("FolderHandle", () => {
  test("stays the folder that was opened, whatever takes its place", async () => {
    const outside = join(fixture.base, "outside");
    mkdirSync(outside);
    const folder = await openParent(fixture.root, "src/deep/new.ts", { isMade: false });
    await rename(join(fixture.root, "src", "deep"), join(fixture.root, "aside"));
    symlinkSync(outside, join(fixture.root, "src", "deep"));
    const place = folder?.locate("new.ts").then((path) => writeFileSync(path, "new\n"));
    // On systems that cannot hold on to a folder the name is refused instead.
    await place?.catch((error: unknown) => expect(error).toMatchObject({ code: "apply.conflict" }));
    await folder?.close();
    expect(readdirSync(outside)).toEqual([]);
    if (process.platform === "linux") expect(fixture.read("aside/new.ts")).toBe("new\n");
  });
});

describe("planApply", () => {
  test("changes nothing and orders deletions before what takes their place", async () => {
    const before = contentOf(fixture.root);
    const { plan, conflicts } = await planned(await treeAfter(everything));
    expect(conflicts).toEqual([]);
    expect(contentOf(fixture.root)).toEqual(before);
    const paths = plan.steps.map(({ path, after }) => `${after === null ? "-" : "+"}${path}`);
    expect(paths.slice(0, 2)).toEqual(["-src/deep/d.ts", "-b.txt"]);
    expect(paths).toContain("+b.txt/inner.txt");
    expect(plan.steps.find(({ path }) => path === "run.sh")).toMatchObject({ mode: "100755" });
  });

  test("says what stands against it, file by file", async () => {
    const tree = await treeAfter((folder) => {
      fixture.write({ "a.txt": "new\n", "b.txt": "new\n", "run.sh": "new\n", "src/c.ts": "new\n" }, folder);
      fixture.write(
        { "added.txt": "run\n", "pipe.txt": "run\n", "folder.txt": "run\n", "same.txt": "s\n" },
        folder,
      );
      rmSync(join(folder, "src", "deep", "d.ts"));
    });
    fixture.write({ "a.txt": "mine\n", "added.txt": "mine\n", "folder.txt/x": "mine\n", "same.txt": "s\n" });
    rmSync(join(fixture.root, "b.txt"));
    chmodSync(join(fixture.root, "run.sh"), 0o755);
    fixture.write({ "src/deep/d.ts": "mine\n" });
    execFileSync("mkfifo", [join(fixture.root, "pipe.txt")]);
    rmSync(join(fixture.root, "src", "c.ts"));
    mkdirSync(join(fixture.root, "src", "c.ts"));
    const { conflicts } = await planned(tree);
    expect(Object.fromEntries(conflicts.map(({ path, reason }) => [path, reason]))).toEqual({
      "a.txt": "changed since the run began",
      "added.txt": "was added since the run began",
      "b.txt": "was deleted since the run began",
      "folder.txt": "is a folder with other files in it",
      "pipe.txt": "is a pipe, a socket or a device",
      "run.sh": "its mode changed since the run began",
      "src/c.ts": "is a folder",
      "src/deep/d.ts": "changed since the run began",
    });
  });

  test("has nothing against what is done already", async () => {
    const tree = await treeAfter((folder) => {
      fixture.write({ "a.txt": "new\n", "n.txt": "n\n" }, folder);
      rmSync(join(folder, "b.txt"));
    });
    fixture.write({ "a.txt": "new\n", "n.txt": "n\n" });
    rmSync(join(fixture.root, "b.txt"));
    await applied(tree);
  });

  test("refuses links out of the workspace and into the repository", async () => {
    const targets = {
      up: "../x",
      absolute: "/etc/passwd",
      "sub/far": "../../x",
      "sub/fine": "../a.txt",
      git: ".git/config",
      itself: ".",
    };
    const tree = await treeAfter((folder) => {
      mkdirSync(join(folder, "sub"));
      for (const [path, target] of Object.entries(targets)) symlinkSync(target, join(folder, path));
    });
    const { conflicts } = await planned(tree);
    expect(conflicts).toEqual([
      { path: "absolute", reason: "is a link that leads out of the workspace", isForGood: true },
      { path: "git", reason: "is a link into the repository's own data", isForGood: true },
      { path: "sub/far", reason: "is a link that leads out of the workspace", isForGood: true },
      { path: "up", reason: "is a link that leads out of the workspace", isForGood: true },
    ]);
  });

  test("refuses names that differ only in case", async () => {
    const tree = await treeAfter((folder) =>
      fixture.write(
        { "A.txt": "x\n", "SRC/x.ts": "x\n", "twin/x": "1\n", "Twin/y": "2\n", "fine.txt": "f\n" },
        folder,
      ),
    );
    const { conflicts } = await planned(tree);
    expect(conflicts).toEqual([
      { path: "A.txt", reason: "differs from a.txt only in case", isForGood: false },
      { path: "SRC/x.ts", reason: "differs from src only in case", isForGood: false },
      { path: "twin/x", reason: "differs from Twin only in case", isForGood: false },
    ]);
    const renamed = await treeAfter((folder) => {
      rmSync(join(folder, "a.txt"));
      fixture.write({ "A.txt": "a\n" }, folder);
    });
    await applied(renamed);
    expect(readFileSync(join(fixture.root, "A.txt"), "utf8")).toBe("a\n");
  });

  test("replaces a link itself, not what it leads to", async () => {
    symlinkSync("b.txt", join(fixture.root, "link"));
    trees = fixture.trees({ folder: join(fixture.base, "run", "second") });
    base = await trees.snapshot(never);
    const tree = await treeAfter((folder) => {
      rmSync(join(folder, "link"));
      symlinkSync("a.txt", join(folder, "link"));
    });
    await applied(tree);
    expect(readlinkSync(join(fixture.root, "link"))).toBe("a.txt");
    const file = await treeAfter((folder) => {
      rmSync(join(folder, "link"));
      writeFileSync(join(folder, "link"), "now a file\n");
    });
    rmSync(join(fixture.root, "link"));
    symlinkSync("b.txt", join(fixture.root, "link"));
    await applied(file);
    expect(fixture.read("link")).toBe("now a file\n");
    expect(fixture.read("b.txt")).toBe("b\n");
  });
});
