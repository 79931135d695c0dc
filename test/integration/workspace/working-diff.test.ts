import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workingDiff } from "../../../agent-host/workspace/working-diff.ts";

let root: string;
let plain: string;
let program: string;
const hasRun = (): boolean => existsSync(join(plain, "ran"));
const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
    cwd: root,
    encoding: "utf8",
  });
const diff = (folder = root) =>
  workingDiff(
    { root: folder, searchPath: process.env.PATH ?? "", maxBytes: 100_000 },
    new AbortController().signal,
  );

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'diff "quoted" ')));
  plain = await mkdtemp(join(tmpdir(), "program-"));
  program = join(plain, "evil.sh");
  await writeFile(program, `#!/bin/sh\ntouch ${plain}/ran\ncat\n`);
  await chmod(program, 0o755);
  git("init", "--quiet");
  await mkdir(join(root, "src"));
  await writeFile(join(root, "src/a.ts"), "one\n");
  await writeFile(join(root, "b.txt"), "two\n");
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await rm(plain, { recursive: true, force: true });
});

describe("workingDiff", () => {
  it("tells what is not committed, staged or not, below the folder only", async () => {
    expect(await diff()).toBe("");
    await writeFile(join(root, "src/a.ts"), "changed\n");
    await writeFile(join(root, "b.txt"), "staged\n");
    git("add", "b.txt");
    await writeFile(join(root, "new.txt"), "untracked\n");
    const whole = await diff();
    expect(whole).toContain("+++ b/src/a.ts\n@@ -1 +1 @@\n-one\n+changed\n");
    expect(whole).toContain("-two\n+staged\n");
    expect(whole).not.toContain("untracked");
    const below = await diff(join(root, "src"));
    expect(below).toContain("+++ b/a.ts");
    expect(below).not.toContain("staged");
  });

  it("starts nothing that the repository names, and writes nothing into it", async () => {
    for (const key of [
      "core.fsmonitor",
      "diff.external",
      "core.pager",
      "diff.x.textconv",
      "filter.x.clean",
      "filter.x.process",
    ])
      git("config", key, program);
    await writeFile(join(root, ".gitattributes"), "* filter=x diff=x\n");
    await writeFile(join(root, "src/a.ts"), "changed\n");
    const before = await readFile(join(root, ".git/index"));
    const { mtimeMs } = await stat(join(root, ".git"));
    expect(await diff()).toContain("+changed");
    expect(hasRun()).toBe(false);
    expect(await readFile(join(root, ".git/index"))).toEqual(before);
    expect((await stat(join(root, ".git"))).mtimeMs).toBe(mtimeMs);
    git("diff", "--stat");
    expect(hasRun()).toBe(true);
  });

  it("does not look into repositories in the repository", async () => {
    await mkdir(join(root, "inner"));
    git("-C", "inner", "init", "--quiet");
    await writeFile(join(root, "inner/x"), "1\n");
    git("-C", "inner", "add", "x");
    git("-C", "inner", "commit", "--quiet", "-m", "inner");
    git("-c", "advice.addEmbeddedRepo=false", "add", "inner");
    git("commit", "--quiet", "-m", "with inner");
    git("-C", "inner", "config", "core.fsmonitor", program);
    await writeFile(join(root, "inner/x"), "2\n");
    expect(await diff()).toBe("");
    expect(hasRun()).toBe(false);
    git("status");
    expect(hasRun()).toBe(true);
  });

  it("says so where there is no commit to compare with", async () => {
    const outside = await realpath(await mkdtemp(join(tmpdir(), "no-repository-")));
    try {
      await expect(diff(outside)).rejects.toMatchObject({ code: "diff.noRepository" });
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
  });
});
