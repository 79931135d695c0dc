import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentOf, never, TreeFixture } from "./tree-fixture.ts";

let fixture: TreeFixture;

beforeEach(() => {
  fixture = new TreeFixture();
});

afterEach(() => fixture.dispose());

/** Files of the snapshot, as a checkout shows them. */
async function snapshotContent(skip: readonly string[] = []): Promise<Record<string, string>> {
  const trees = fixture.trees();
  const tree = await trees.snapshot(never);
  return contentOf(await trees.checkout({ name: "look", tree }, never), skip);
}

describe("snapshot", () => {
  test("holds committed, modified, staged and untracked files, and not deleted or ignored ones", async () => {
    fixture.git("init", "-q");
    fixture.write({
      "kept.ts": "kept\n",
      "changed.ts": "old\n",
      "deleted.ts": "gone\n",
      ".gitignore": "*.log\n/build/\n",
      "deep/.gitignore": "local.txt\n!wanted.log\n",
      "forced.log": "tracked although ignored\n",
    });
    fixture.git("add", ".");
    fixture.git("add", "-f", "forced.log");
    fixture.git("commit", "-q", "-m", "first");
    fixture.write({
      "changed.ts": "new\n",
      "staged.ts": "staged\n",
      "untracked.ts": "untracked\n",
      "noise.log": "ignored\n",
      "build/out.js": "ignored\n",
      "deep/local.txt": "ignored\n",
      "deep/wanted.log": "wanted\n",
      "private.txt": "ignored by info/exclude\n",
    });
    fixture.git("add", "staged.ts");
    rmSync(join(fixture.root, "deleted.ts"));
    appendFileSync(join(fixture.root, ".git", "info", "exclude"), "private.txt\n");
    expect(Object.keys(await snapshotContent()).sort()).toEqual([
      ".gitignore",
      "changed.ts",
      "deep/.gitignore",
      "deep/wanted.log",
      "forced.log",
      "kept.ts",
      "staged.ts",
      "untracked.ts",
    ]);
    expect((await snapshotContent())["changed.ts"]).toBe("- new\n");
  });

  test("leaves the user's repository as it was, to the byte", async () => {
    fixture.git("init", "-q");
    fixture.write({ "a.ts": "a\n", "b.ts": "b\n" });
    fixture.git("add", ".");
    fixture.git("commit", "-q", "-m", "first");
    fixture.write({ "a.ts": "changed\n" });
    const before = contentOf(fixture.root);
    const trees = fixture.trees();
    const tree = await trees.snapshot(never);
    const folder = await trees.openTaskTree({ name: "t-1", tree }, never);
    fixture.write({ "c.ts": "c\n" }, folder);
    await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder, base: tree }, never);
    expect(contentOf(fixture.root)).toEqual(before);
  });

  test("is made once, also when asked again after a restart", async () => {
    fixture.write({ "a.txt": "one\n" });
    const tree = await fixture.trees().snapshot(never);
    fixture.write({ "a.txt": "two\n" });
    expect(await fixture.trees().snapshot(never)).toBe(tree);
  });

  test("is made anew when the first attempt did not come to its end", async () => {
    fixture.write({ "a.txt": "one\n" });
    const tree = await fixture.trees().snapshot(never);
    rmSync(join(fixture.folder, "base.snapshot"));
    writeFileSync(join(fixture.folder, "shadow.git", "refs", "agent-team", "base.lock"), "");
    writeFileSync(join(fixture.folder, "shadow.git", "objects", "pack", "tmp_pack_x"), "half");
    expect(await fixture.trees().snapshot(never)).toBe(tree);
    expect(readdirSync(join(fixture.folder, "shadow.git", "objects", "pack")).sort()).not.toContain(
      "tmp_pack_x",
    );
  });

  test("keeps every byte, mode and name", async () => {
    const awkward = Buffer.from([0, 1, 2, 255, 13, 10, 0]);
    fixture.write({
      "empty.txt": "",
      "crlf.txt": "a\r\nb\r\n",
      "mixed.txt": "a\nb\r\nc",
      "binary.bin": awkward,
      "$Id$.txt": "$Id$\n",
      "zażółć/日本.txt": "unicode\n",
      "-rf": "dash\n",
      'quo"te\\back.txt': "quoted\n",
      "new\nline.txt": "newline\n",
      "tab\there.txt": "tab\n",
      " lead and trail ": "spaces\n",
      "utf16.txt": Buffer.from("\ufeffhello\n", "utf16le"),
      "run.sh": "#!/bin/sh\n",
    });
    chmodSync(join(fixture.root, "run.sh"), 0o755);
    symlinkSync("run.sh", join(fixture.root, "link"));
    symlinkSync("../../outside", join(fixture.root, "out"));
    writeFileSync(
      Buffer.concat([Buffer.from(`${fixture.root}/`), Buffer.from([0x62, 0xff, 0xfe])]),
      "no UTF-8\n",
    );
    expect(await snapshotContent()).toEqual(contentOf(fixture.root));
  });

  test("keeps bytes that .gitattributes would convert", async () => {
    fixture.git("init", "-q");
    fixture.write({
      ".gitattributes": [
        "[attr]mine filter=evil text",
        "* text=auto eol=crlf ident filter=evil diff=evil merge=evil working-tree-encoding=UTF-16",
        "*.md mine",
        "*.bin -text diff",
        "",
      ].join("\n"),
      "a.txt": "one\r\ntwo\n$Id$\n",
      "sub/.gitattributes": "* text eol=lf working-tree-encoding=UTF-16LE-BOM\n",
      "sub/b.txt": "one\r\n",
      "c.md": "x\r\n$Id: abc $\n",
      "d.bin": "\r\n\0",
    });
    expect(await snapshotContent()).toEqual(contentOf(fixture.root, [".git"]));
  });

  test("works without a repository, and leaves unignored dependencies out", async () => {
    fixture.write({ "a.txt": "a\n", "node_modules/x/index.js": "x\n", ".gitignore": "skip\n", skip: "s\n" });
    expect(Object.keys(await snapshotContent(["node_modules"])).sort()).toEqual([".gitignore", "a.txt"]);
  });

  test("reads the rules above a workspace that is a part of a repository", async () => {
    fixture.git("init", "-q");
    fixture.write({ ".gitignore": "dist/\n/packages/app/secret.txt\n", "packages/.gitignore": "*.tmp\n" });
    fixture.write({ "packages/app/a.ts": "a\n", "packages/app/dist/a.js": "x\n", "other/b.ts": "b\n" });
    fixture.write({ "packages/app/secret.txt": "s\n", "packages/app/x.tmp": "x\n" });
    const root = join(fixture.root, "packages", "app");
    const trees = fixture.trees({ root });
    const tree = await trees.snapshot(never);
    const folder = await trees.openTaskTree({ name: "t-1", tree }, never);
    expect(Object.keys(contentOf(folder))).toEqual(["a.ts"]);
    fixture.write({ "dist/a.js": "y\n", "secret.txt": "s\n", "y.tmp": "y\n", "b.ts": "b\n" }, folder);
    const changed = await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder, base: tree }, never);
    expect(changed?.files.map(({ path }) => path)).toEqual(["b.ts"]);
  });

  test("takes a folder that the repository around it ignores", async () => {
    fixture.git("init", "-q");
    fixture.write({ ".gitignore": "scratch/\n", "scratch/a.txt": "a\n" });
    const trees = fixture.trees({ root: join(fixture.root, "scratch") });
    const folder = await trees.checkout({ name: "look", tree: await trees.snapshot(never) }, never);
    expect(contentOf(folder)).toEqual({ "a.txt": "- a\n" });
  });

  test("obeys the person's own ignore rules", async () => {
    fixture.write({ ".gitconfig": "[core]\n\texcludesFile = ~/mine\n", mine: "*.secret\n" }, fixture.home);
    fixture.write({ "a.txt": "a\n", "b.secret": "b\n" });
    const trees = fixture.trees({ personal: { home: fixture.home } });
    const folder = await trees.checkout({ name: "look", tree: await trees.snapshot(never) }, never);
    expect(Object.keys(contentOf(folder))).toEqual(["a.txt"]);
  });

  test("leaves nested repositories and submodules out, and says so", async () => {
    fixture.git("init", "-q");
    fixture.write({ "a.ts": "a\n", "nested/n.ts": "n\n", "module/m.ts": "m\n" });
    for (const name of ["nested", "module"]) {
      fixture.gitIn(join(fixture.root, name), "init", "-q");
      fixture.gitIn(join(fixture.root, name), "add", ".");
      fixture.gitIn(join(fixture.root, name), "commit", "-q", "-m", "first");
    }
    fixture.git("add", "module");
    const trees = fixture.trees();
    const folder = await trees.checkout({ name: "look", tree: await trees.snapshot(never) }, never);
    expect(Object.keys(contentOf(folder))).toEqual(["a.ts"]);
    expect(
      trees
        .notes()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(["module", "nested"]);
  });

  test("leaves pipes and huge files out, and says so", async () => {
    fixture.write({ "a.txt": "a\n" });
    execFileSync("mkfifo", [join(fixture.root, "pipe")]);
    const trees = fixture.trees({ limits: { fileBytes: 100 } });
    fixture.write({ "large.bin": Buffer.alloc(101) });
    const folder = await trees.checkout({ name: "look", tree: await trees.snapshot(never) }, never);
    expect(Object.keys(contentOf(folder))).toEqual(["a.txt"]);
    expect(trees.notes()).toContainEqual({ path: "large.bin", reason: "it is larger than 100 bytes" });
  });

  test("takes a tracked file that a pipe replaced for deleted", async () => {
    fixture.git("init", "-q");
    fixture.write({ "a.txt": "a\n", "b.txt": "b\n" });
    fixture.git("add", ".");
    rmSync(join(fixture.root, "b.txt"));
    execFileSync("mkfifo", [join(fixture.root, "b.txt")]);
    expect(await snapshotContent()).toEqual({ "a.txt": "- a\n" });
  });

  test("refuses a folder with more than is allowed", async () => {
    fixture.write({ "a.txt": "aaaa", "b.txt": "bbbb" });
    const code = "tree.tooLarge";
    await expect(fixture.trees({ limits: { files: 1 } }).snapshot(never)).rejects.toMatchObject({ code });
    await expect(fixture.trees({ limits: { bytes: 7 } }).snapshot(never)).rejects.toMatchObject({ code });
    await expect(fixture.trees({ limits: { bytes: 8 } }).snapshot(never)).resolves.toHaveLength(64);
  });

  test("ends at the time limit when a rule file is a pipe", async () => {
    fixture.write({ "a.txt": "a\n" });
    execFileSync("mkfifo", [join(fixture.root, ".gitignore")]);
    const trees = fixture.trees({ limits: { gitMs: 500 } });
    await expect(trees.snapshot(never)).rejects.toMatchObject({ code: "tree.timeout" });
  });

  test("ends git when it is cancelled", async () => {
    fixture.write({ "a.txt": "a\n" });
    execFileSync("mkfifo", [join(fixture.root, ".gitignore")]);
    const controller = new AbortController();
    const taking = fixture.trees().snapshot(controller.signal);
    setTimeout(() => controller.abort(new Error("enough")), 100);
    await expect(taking).rejects.toThrow("enough");
  });
});

describe("a hostile repository", () => {
  test("starts nothing, whatever its configuration, hooks and attributes name", async () => {
    const canary = join(fixture.base, "canary.sh");
    writeFileSync(canary, `#!/bin/sh\ntouch "${fixture.base}/fired-$$"\ncat\n`, { mode: 0o755 });
    fixture.git("init", "-q");
    fixture.write({ "a.ts": "a\r\n", "sub/b.ts": "b\n" });
    fixture.git("add", ".");
    fixture.git("commit", "-q", "-m", "first");
    fixture.write({
      ".gitattributes": "* filter=evil diff=evil merge=evil\n",
      "new.ts": "n\n",
      ".gitmodules": `[submodule "x"]\n\tpath = sub\n\turl = ext::${canary}\n\tupdate = !${canary}\n`,
      git: "#!/bin/sh\n",
    });
    appendFileSync(join(fixture.root, ".git", "config"), hostileConfiguration(canary, fixture.base));
    const hooks = [
      "post-index-change",
      "reference-transaction",
      "pre-auto-gc",
      "post-checkout",
      "pre-commit",
    ];
    for (const hook of [...hooks, "fsmonitor-watchman"]) {
      for (const folder of [join(fixture.root, ".git", "hooks"), fixture.base])
        writeFileSync(join(folder, hook), `#!/bin/sh\ntouch "${fixture.base}/fired-hook"\n`, { mode: 0o755 });
    }
    const trees = fixture.trees();
    const tree = await trees.snapshot(never);
    const folder = await trees.openTaskTree({ name: "t-1", tree }, never);
    expect(contentOf(folder)["a.ts"]).toBe("- a\r\n");
    // What an agent leaves in its own folder is hostile too.
    fixture.gitIn(folder, "init", "-q");
    appendFileSync(join(folder, ".git", "config"), hostileConfiguration(canary, fixture.base));
    fixture.write({ "sub/b.ts": "changed\n", "c.ts": "c\n" }, folder);
    const set = await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder, base: tree }, never);
    expect(set?.files.map(({ path }) => path)).toEqual(["c.ts", "sub/b.ts"]);
    await trees.diff({ base: tree, tree: set?.result ?? "", maxBytes: 10_000 }, never);
    const { plan, conflicts } = await trees.planApply({ base: tree, tree: set?.result ?? "" }, never);
    expect(conflicts).toEqual([]);
    await trees.apply(plan, never);
    expect(fixture.read("sub/b.ts")).toBe("changed\n");
    expect(readdirSync(fixture.base).filter((name) => name.startsWith("fired"))).toEqual([]);
  });

  test("cannot bring its own git", async () => {
    fixture.write({
      "bin/git": `#!/bin/sh\ntouch "${fixture.base}/fired"\necho git version 2.50.0\n`,
      "a.txt": "a\n",
    });
    chmodSync(join(fixture.root, "bin", "git"), 0o755);
    const searchPath = `${join(fixture.root, "bin")}:bin:.::${process.env.PATH}`;
    await fixture.trees({ searchPath }).snapshot(never);
    expect(readdirSync(fixture.base)).not.toContain("fired");
  });

  test("with an index that makes no sense is taken as files without a repository", async () => {
    fixture.git("init", "-q");
    fixture.write({ "a.txt": "a\n" });
    writeFileSync(join(fixture.root, ".git", "index"), "DIRC and then nonsense");
    expect(await snapshotContent()).toEqual({ "a.txt": "- a\n" });
  });

  test("with a pointer to nowhere is taken as files", async () => {
    fixture.write({ "a.txt": "a\n", ".git": "gitdir: /nowhere/at/all\n" });
    expect(await snapshotContent()).toEqual({ "a.txt": "- a\n" });
  });

  test("with an index that names files outside takes none of them", async () => {
    fixture.git("init", "-q");
    fixture.write({ "a.txt": "a\n", "xx/secret": "s\n" });
    writeFileSync(join(fixture.base, "secret"), "outside\n");
    fixture.git("add", ".");
    fixture.git("update-index", "--index-version", "2");
    replaceInIndex("xx/secret", "../secret");
    rmSync(join(fixture.root, "xx"), { recursive: true });
    expect(await snapshotContent()).toEqual({ "a.txt": "- a\n" });
  });

  test("with an ignored link in place of a tracked folder is not followed", async () => {
    fixture.git("init", "-q");
    fixture.write({ "a.txt": "a\n", "deep/b.txt": "b\n" });
    fixture.git("add", ".");
    rmSync(join(fixture.root, "deep"), { recursive: true });
    writeFileSync(join(fixture.base, "b.txt"), "secret\n");
    symlinkSync(fixture.base, join(fixture.root, "deep"));
    appendFileSync(join(fixture.root, ".git", "info", "exclude"), "deep\n");
    expect(await snapshotContent()).toEqual({ "a.txt": "- a\n" });
  });

  test("with a link in place of a tracked folder is not followed", async () => {
    fixture.git("init", "-q");
    fixture.write({ "a.txt": "a\n", "deep/b.txt": "b\n" });
    fixture.git("add", ".");
    rmSync(join(fixture.root, "deep"), { recursive: true });
    mkdirSync(join(fixture.base, "outside"));
    writeFileSync(join(fixture.base, "outside", "b.txt"), "secret\n");
    symlinkSync(join(fixture.base, "outside"), join(fixture.root, "deep"));
    expect(await snapshotContent()).toEqual({
      "a.txt": "- a\n",
      deep: `link ${realpathSync(join(fixture.base, "outside"))}`,
    });
  });
});

describe("repositories of every kind", () => {
  test("are read with a split index, an index of version 4, SHA-256 and in a worktree", async () => {
    fixture.git("init", "-q", "--object-format=sha256", "-b", "main");
    fixture.write({ "a.txt": "a\n", ".gitignore": "*.log\n", "kept.log": "k\n" });
    fixture.git("add", ".");
    fixture.git("add", "-f", "kept.log");
    fixture.git("commit", "-q", "-m", "first");
    fixture.git("update-index", "--index-version", "4");
    fixture.git("update-index", "--split-index");
    expect(Object.keys(await snapshotContent()).sort()).toEqual([".gitignore", "a.txt", "kept.log"]);
    const worktree = join(fixture.base, "worktree");
    fixture.git("worktree", "add", "-q", worktree);
    const trees = fixture.trees({ root: worktree, folder: join(fixture.base, "run", "other") });
    const folder = await trees.checkout({ name: "look", tree: await trees.snapshot(never) }, never);
    expect(Object.keys(contentOf(folder)).sort()).toEqual([".gitignore", "a.txt", "kept.log"]);
  });

  test("are read with a sparse checkout and a sparse index", async () => {
    fixture.git("init", "-q");
    fixture.write({ "in/a.txt": "a\n", "out/b.txt": "b\n", "top.txt": "t\n" });
    fixture.git("add", ".");
    fixture.git("commit", "-q", "-m", "first");
    fixture.git("sparse-checkout", "set", "--cone", "--sparse-index", "in");
    expect(Object.keys(await snapshotContent()).sort()).toEqual(["in/a.txt", "top.txt"]);
  });

  test("are read in the middle of a merge with conflicts", async () => {
    fixture.git("init", "-q", "-b", "main");
    fixture.write({ "a.txt": "one\n" });
    fixture.git("add", ".");
    fixture.git("commit", "-q", "-m", "first");
    fixture.git("checkout", "-q", "-b", "side");
    fixture.write({ "a.txt": "two\n" });
    fixture.git("commit", "-q", "-a", "-m", "second");
    fixture.git("checkout", "-q", "main");
    fixture.write({ "a.txt": "three\n" });
    fixture.git("commit", "-q", "-a", "-m", "third");
    expect(() => fixture.git("merge", "-q", "side")).toThrow();
    expect((await snapshotContent())["a.txt"]).toContain("<<<<<<<");
  });
});

describe("git itself", () => {
  test("that is missing or too old is named with what to do", async () => {
    const hint = "install git 2.38 or newer and make sure it is on PATH";
    await expect(fixture.trees({ git: "no-such-git" }).snapshot(never)).rejects.toMatchObject({
      code: "tree.gitMissing",
      hint,
    });
    const old = join(fixture.base, "old-git");
    writeFileSync(old, "#!/bin/sh\necho git version 2.37.9\n", { mode: 0o755 });
    await expect(fixture.trees({ git: old }).snapshot(never)).rejects.toMatchObject({
      code: "tree.gitTooOld",
    });
  });
});

function hostileConfiguration(canary: string, hooks: string): string {
  return [
    `[core]\n\tfsmonitor = ${canary}\n\thooksPath = ${hooks}\n\tpager = ${canary}\n\tsshCommand = ${canary}`,
    `\teditor = ${canary}\n\talternateRefsCommand = ${canary}\n\tgitProxy = ${canary}`,
    `[diff]\n\texternal = ${canary}\n[diff "evil"]\n\ttextconv = ${canary}\n\tcommand = ${canary}`,
    `[filter "evil"]\n\tclean = ${canary}\n\tsmudge = ${canary}\n\tprocess = ${canary}\n\trequired = true`,
    `[merge "evil"]\n\tdriver = ${canary}\n[gpg]\n\tprogram = ${canary}\n[log]\n\tshowSignature = true`,
    `[alias]\n\tls-files = !${canary}\n[uploadpack]\n\tpackObjectsHook = ${canary}`,
    `[remote "origin"]\n\turl = ext::${canary}\n\tpromisor = true\n\tpartialclonefilter = blob:none`,
    "",
  ].join("\n");
}

/** Rewrites a name in the user's index by one of the same length. */
function replaceInIndex(from: string, to: string): void {
  const file = join(fixture.root, ".git", "index");
  const bytes = readFileSync(file).subarray(0, -20).toString("latin1").replace(from, to);
  const sum = createHash("sha1").update(bytes, "latin1").digest();
  writeFileSync(file, Buffer.concat([Buffer.from(bytes, "latin1"), sum]));
}
