import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readGitHistory } from "../../../agent-host/workspace/git-history.ts";

const never = new AbortController().signal;
let base: string;
let repository: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "agent-team-git-history-"));
  repository = join(base, "repository");
  mkdirSync(join(repository, "src"), { recursive: true });
  git("init", "-q", "-b", "main");
  commit("src/a.ts", "one");
  commit("src/a.ts", "two");
  commit("src/b c.ts", "one");
  commit("top.ts", "one");
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("readGitHistory", () => {
  test("counts the commits of each file", async () => {
    const { changes } = await readGitHistory(repository, {}, never);
    expect(Object.fromEntries(changes)).toEqual({ "src/a.ts": 2, "src/b c.ts": 1, "top.ts": 1 });
  });

  test("counts relative to a folder inside the repository", async () => {
    const { changes } = await readGitHistory(join(repository, "src"), {}, never);
    expect(Object.fromEntries(changes)).toEqual({ "a.ts": 2, "b c.ts": 1 });
  });

  test("reads packed references, a detached head and a worktree", async () => {
    git("pack-refs", "--all");
    git("gc", "-q");
    expect((await readGitHistory(repository, {}, never)).changes.get("src/a.ts")).toBe(2);
    git("worktree", "add", "-q", "--detach", join(base, "tree"), "HEAD~1");
    const { changes } = await readGitHistory(join(base, "tree"), {}, never);
    expect([changes.get("src/a.ts"), changes.get("top.ts")]).toEqual([2, undefined]);
  });

  test("reads a shallow clone and a repository with SHA-256", async () => {
    const clone = join(base, "clone");
    execFileSync("git", ["clone", "-q", "--depth", "1", `file://${repository}`, clone]);
    expect((await readGitHistory(clone, {}, never)).changes.size).toBe(3);
    repository = join(base, "long");
    mkdirSync(repository);
    git("init", "-q", "-b", "main", "--object-format=sha256");
    commit("x.ts", "one");
    expect((await readGitHistory(repository, {}, never)).changes.get("x.ts")).toBe(1);
  });

  test("starts nothing that the repository's configuration names", async () => {
    const fired = join(base, "fired");
    const canary = join(base, "canary.sh");
    writeFileSync(canary, `#!/bin/sh\ntouch "${fired}-$$"\ncat\n`);
    chmodSync(canary, 0o755);
    writeFileSync(join(base, "included"), `[core]\n\tpager = ${canary}\n[alias]\n\tlog = !${canary}\n`);
    writeFileSync(join(repository, ".gitattributes"), "*.ts diff=evil filter=evil\n");
    appendFileSync(
      join(repository, ".git", "config"),
      [
        `[core]\n\tfsmonitor = ${canary}\n\thooksPath = ${base}\n\tpager = ${canary}\n\tsshCommand = ${canary}\n\teditor = ${canary}`,
        `[diff]\n\texternal = ${canary}`,
        `[diff "evil"]\n\ttextconv = ${canary}\n\tcommand = ${canary}`,
        `[filter "evil"]\n\tclean = ${canary}\n\tsmudge = ${canary}\n\tprocess = ${canary}`,
        `[gpg]\n\tprogram = ${canary}\n[log]\n\tshowSignature = true`,
        `[alias]\n\tlog = !${canary}\n[include]\n\tpath = ${join(base, "included")}`,
        `[remote "origin"]\n\turl = ext::${canary}\n\tpromisor = true\n\tpartialclonefilter = blob:none`,
        "",
      ].join("\n"),
    );
    for (const hook of ["post-index-change", "reference-transaction", "pre-auto-gc"]) {
      writeFileSync(join(repository, ".git", "hooks", hook), `#!/bin/sh\ntouch "${fired}-hook"\n`, {
        mode: 0o755,
      });
    }
    const { changes, unavailable } = await readGitHistory(repository, {}, never);
    expect(unavailable).toBeUndefined();
    expect(changes.get("src/a.ts")).toBe(2);
    expect(readdirSync(base).filter((name) => name.startsWith("fired"))).toEqual([]);
  });

  test("says why there is no history", async () => {
    expect(await readGitHistory(base, {}, never)).toEqual({
      changes: new Map(),
      unavailable: expect.any(String),
    });
    repository = join(base, "empty");
    mkdirSync(repository);
    git("init", "-q");
    expect((await readGitHistory(repository, {}, never)).unavailable).toContain("no commit yet");
    const absent = await readGitHistory(join(base, "repository"), { git: join(base, "no-such-git") }, never);
    expect(absent.unavailable).toContain("ENOENT");
  });

  test("ends git at the time limit and when cancelled, and leaves nothing behind", async () => {
    const before = scratchFolders();
    const slow = join(base, "slow.sh");
    // `exec`, so that the signal reaches the sleeper itself.
    writeFileSync(slow, `#!/bin/sh\necho $$ > "${base}/pid"\nexec sleep 60\n`, { mode: 0o755 });
    const late = await readGitHistory(repository, { git: slow, limitMs: 200 }, never);
    expect(late.unavailable).toContain("longer than 200 ms");
    const controller = new AbortController();
    const running = readGitHistory(repository, { git: slow }, controller.signal);
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(scratchFolders()).toEqual(before);
  });
});

function scratchFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("agent-team-history-"));
}

function git(...args: string[]): void {
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd: repository,
    env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", HOME: base },
    stdio: "pipe",
  });
}

function commit(file: string, content: string): void {
  writeFileSync(join(repository, file), content);
  git("add", file);
  git("commit", "-q", "-m", `change ${file}`);
}
