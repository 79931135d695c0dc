import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { benign } from "../../support/command-corpus/benign.ts";
import { lineDecider, loadedShell } from "../../support/command-corpus/corpus-decision.ts";
import { heldOutTricks } from "../../support/command-corpus/held-out-tricks.ts";
import { tricks } from "../../support/command-corpus/tricks.ts";

const shells = ["bash", "sh"].filter(isThere);
const isComplete = ["bash", "git", "awk", "sed", "tar", "flock", "taskset", "setarch"].every(isThere);

const template = trickFolder();
afterAll(() => rmSync(template, { recursive: true, force: true, maxRetries: 5 }));

describe.runIf(isComplete)("with a real Bash", () => {
  it("every trick that is said to fire does, so that the corpus shows something", () => {
    const lame = [...tricks, ...heldOutTricks].filter(
      ({ line, fires }) => fires && !shells.some((shell) => firesIn(shell, line, backgroundLimitMs)),
    );
    expect(lame.map(({ line }) => line)).toEqual([]);
  }, 240_000);
});

describe.each(shells)("against a real %s", (shell) => {
  it("the words of a line that is decidable are those that the shell hands over", async () => {
    const parser = await loadedShell();
    const lines = benign.flatMap((line) => {
      const read = parser.parse(line);
      if (read.kind !== "commands" || read.commands.some(({ globs }) => globs.size > 0)) return [];
      return [{ line, argvs: read.commands.map(({ argv }) => argv) }];
    });
    expect(lines.length).toBeGreaterThan(30);
    const seen = lines.map(({ line }) => startedBy(shell, line));
    for (const [at, { line, argvs }] of lines.entries()) {
      // The shell may stop early; what it starts must be what was read.
      for (const started of seen[at] ?? [])
        expect([line, argvs]).toEqual([line, expect.arrayContaining([started])]);
    }
    expect(seen.flat().length).toBeGreaterThan(30);
  }, 60_000);
});

describe("what is allowed without a question", () => {
  it("leaves nothing behind but what it says", async () => {
    const decide = await lineDecider();
    expect(benign.filter((line) => decide(line).kind === "allow" && firesIn("sh", line))).toEqual([]);
  }, 60_000);
});

/** How long what a line leaves running may take; a shell does not wait for every process it starts. */
const backgroundLimitMs = 3_000;

function firesIn(shell: string, line: string, limitMs = 0): boolean {
  const folder = mkdtempSync(join(tmpdir(), "trick-"));
  cpSync(template, folder, { recursive: true });
  try {
    spawnSync(shell, ["-c", line], { cwd: folder, env: cleanEnv(folder), stdio: "ignore", timeout: 10_000 });
    const [mark, deadline] = [join(folder, "pwned"), performance.now() + limitMs];
    while (!existsSync(mark) && performance.now() < deadline) pause(20);
    return existsSync(mark);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Holds this thread between two looks: the tests of this file run one after the other. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Arguments of each program that a line starts, as a stand-in for all of them writes them down. */
function startedBy(shell: string, line: string): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "trick-"));
  const bin = join(folder, "bin");
  const log = join(folder, "log");
  try {
    mkdirSync(bin);
    writeFileSync(
      join(bin, "spy"),
      `#!/bin/sh\n{ printf '%s\\0' "\${0##*/}" "$@"; printf '\\1\\0'; } >> '${log}/'$$\n`,
      { mode: 0o755 },
    );
    for (const name of [
      "cat",
      "head",
      "tail",
      "sed",
      "awk",
      "grep",
      "rg",
      "find",
      "wc",
      "sort",
      "git",
      "npm",
      "node",
      "date",
      "which",
      "diff",
      "uniq",
      "tree",
      "jq",
      "ls",
    ]) {
      execFileSync("cp", [join(bin, "spy"), join(bin, name)]);
    }
    mkdirSync(log);
    spawnSync(shell, ["-c", line], {
      cwd: folder,
      env: { ...cleanEnv(folder), PATH: `${bin}:/usr/bin:/bin` },
      stdio: "ignore",
      timeout: 10_000,
    });
    return readdirSync(log).flatMap((name) => {
      const text = readFileSync(join(log, name), "utf8");
      return text
        .split("\u0001\0")
        .slice(0, -1)
        .map((each) => each.split("\0").slice(0, -1));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function cleanEnv(folder: string): Record<string, string> {
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: join(folder, "no-home"),
    GIT_CONFIG_NOSYSTEM: "1",
    LANG: "C.UTF-8",
  };
}

/** What the tricks find: a few files, scripts that leave `pwned` behind, and a repository of two commits. */
function trickFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tricks-"));
  const write = (name: string, text: string, mode = 0o644): void =>
    writeFileSync(join(folder, name), text, { mode });
  for (const name of ["home", "home/git", "src", "packages", "packages/core"]) mkdirSync(join(folder, name));
  write("a.txt", "a\n");
  write("b.txt", "b\n");
  write("src/a.ts", "export const a = 1;\n");
  write("evil.sh", "#!/bin/sh\ntouch pwned\n", 0o755);
  write("script.sed", "w pwned\n");
  write("script.awk", 'BEGIN { system("touch pwned") }\n');
  const gitConfig =
    '[user]\nname=t\nemail=t@example.com\n[core]\nfsmonitor = "touch pwned #"\n[alias]\nx = "!touch pwned"\n';
  write("home/git/config", gitConfig);
  write("home/.gitconfig", gitConfig);
  const quiet = { cwd: folder, env: cleanEnv(folder), stdio: "ignore" as const };
  const git = (...args: string[]): Buffer =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], quiet);
  if (isThere("git")) {
    git("init", "-q");
    git("add", "a.txt");
    git("commit", "-qm", "one");
    write("a.txt", "a\nb\n");
    git("commit", "-qam", "two");
  }
  execFileSync("tar", ["cf", "archive.tar", "b.txt"], quiet);
  return folder;
}

function isThere(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0;
}
