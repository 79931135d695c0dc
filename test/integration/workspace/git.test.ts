import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BlobReader } from "../../../agent-host/workspace/blob-reader.ts";
import { Git } from "../../../agent-host/workspace/git.ts";
import { ShadowRepository } from "../../../agent-host/workspace/shadow-repository.ts";
import { never } from "./tree-fixture.ts";

let base: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "agent-team-git-")));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

/** A git that is a shell script; the word after git's own settings is `$1`. */
function scripted(script: string, limitMs = 60_000): Git {
  const program = join(base, "git.sh");
  const skip = 'while [ "$1" = "-c" ] || [ "$1" = "--no-pager" ]; do [ "$1" = "-c" ] && shift; shift; done';
  writeFileSync(program, `#!/bin/sh\n${skip}\n${script}\n`, { mode: 0o755 });
  return new Git({ program, searchPath: process.env.PATH ?? "", limitMs });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("Git", () => {
  test("runs in an environment of its own", async () => {
    process.env.GIT_CONFIG_PARAMETERS = "'core.hooksPath=/evil'";
    process.env.GIT_TRACE = "1";
    try {
      const { stdout } = await scripted("env").run({ args: ["x"], gitFolder: base }, never);
      const names = [...stdout.toString().matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
      expect(names).not.toContain("GIT_CONFIG_PARAMETERS");
      expect(names).not.toContain("GIT_TRACE");
      expect(stdout.toString()).toContain(`\nGIT_DIR=${base}\n`);
      expect(stdout.toString()).toContain(`\nHOME=${base}\n`);
    } finally {
      delete process.env.GIT_CONFIG_PARAMETERS;
      delete process.env.GIT_TRACE;
    }
  });

  test("ends the whole group when it is cancelled, and waits for it", async () => {
    const git = scripted(
      `sh -c 'trap "" TERM; echo $$ > ${base}/grandchild; while :; do sleep 0.05; done' & wait`,
    );
    const controller = new AbortController();
    const running = git.run({ args: ["x"], gitFolder: base }, controller.signal);
    await until(() => existsSync(join(base, "grandchild")) && readGrandchild() > 0);
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await until(() => !isAlive(readGrandchild()));
  });

  test("ends a git that ignores being asked, at the time limit", async () => {
    const git = scripted('trap "" TERM; while :; do sleep 0.05; done', 200);
    await expect(git.run({ args: ["ls-files"], gitFolder: base }, never)).rejects.toMatchObject({
      code: "tree.timeout",
      message: "git ls-files did not finish in 200 ms",
    });
  });

  test("tells exit code and last words of a git that failed", async () => {
    const git = scripted("echo one >&2; echo fatal: two >&2; exit 128");
    await expect(git.run({ args: ["x"], gitFolder: base }, never)).rejects.toMatchObject({
      code: "tree.gitFailed",
      message: "git x ended with code 128: one fatal: two",
    });
    const ended = scripted("kill -9 $$");
    await expect(ended.run({ args: ["x"], gitFolder: base }, never)).rejects.toThrow("was ended by a signal");
  });

  test("keeps no more output than is allowed", async () => {
    const endless = scripted("yes");
    const call = { args: ["x"], gitFolder: base, maxOutputBytes: 1_000 };
    await expect(endless.run(call, never)).rejects.toMatchObject({ code: "tree.tooLarge" });
    expect((await endless.run({ ...call, mayCut: true }, never)).stdout).toHaveLength(1_000);
    const exact = scripted("printf 'x%.0s' $(seq 1000)");
    expect((await exact.run(call, never)).stdout).toHaveLength(1_000);
  });

  test("does not wait for a git that ends without reading its input", async () => {
    function* endless(): Generator<Buffer> {
      for (;;) yield Buffer.alloc(65_536);
    }
    const call = { args: ["x"], gitFolder: base, input: endless() };
    expect((await scripted("exit 0").run(call, never)).code).toBe(0);
  });

  test("fails as its input fails, and ends git", async () => {
    function* broken(): Generator<Buffer> {
      yield Buffer.from("half");
      throw new Error("broken input");
    }
    const git = scripted(`echo $$ > ${base}/grandchild; cat`);
    await expect(git.run({ args: ["x"], gitFolder: base, input: broken() }, never)).rejects.toThrow(
      "broken input",
    );
  });

  test("says that it could not be started", async () => {
    const git = new Git({ program: join(base, "none"), searchPath: "", limitMs: 1_000 });
    await expect(git.run({ args: ["x"], gitFolder: base }, never)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("BlobReader", () => {
  async function shadowWith(
    contents: readonly Buffer[],
  ): Promise<{ shadow: ShadowRepository; oids: string[] }> {
    const program = (process.env.PATH ?? "")
      .split(":")
      .map((folder) => join(folder, "git"))
      .find(existsSync);
    const git = new Git({ program: program ?? "git", searchPath: process.env.PATH ?? "", limitMs: 60_000 });
    const shadow = new ShadowRepository(join(base, "shadow.git"), git);
    await shadow.open();
    const oids: string[] = [];
    for (const content of contents) {
      const { stdout } = await shadow.run(
        { args: ["hash-object", "-w", "--stdin"], input: [content] },
        never,
      );
      oids.push(stdout.toString().trim());
    }
    return { shadow, oids };
  }

  test("reads contents one after the other, empty and large ones too", async () => {
    const large = Buffer.alloc(3_000_000, "0123456789\n");
    const { shadow, oids } = await shadowWith([Buffer.alloc(0), large, Buffer.from("\n")]);
    const reader = new BlobReader(shadow, never);
    for (const [index, expected] of [Buffer.alloc(0), large, Buffer.from("\n")].entries()) {
      const parts: Buffer[] = [];
      expect(await reader.read(oids[index] ?? "", (part) => void parts.push(part))).toBe(expected.length);
      expect(Buffer.concat(parts).equals(expected)).toBe(true);
    }
    await reader.close();
  });

  test("names a content that is missing, and can be closed with content unread", async () => {
    const { shadow, oids } = await shadowWith([Buffer.alloc(3_000_000)]);
    const reader = new BlobReader(shadow, never);
    await expect(reader.read("0".repeat(64), () => undefined)).rejects.toMatchObject({
      code: "tree.gitFailed",
    });
    const full = (): void => {
      throw new Error("no space");
    };
    await expect(reader.read(oids[0] ?? "", full)).rejects.toThrow("no space");
    await reader.close();
  });

  test("ends when it is cancelled", async () => {
    mkdirSync(join(base, "x"));
    const { shadow, oids } = await shadowWith([Buffer.from("a")]);
    const controller = new AbortController();
    const reader = new BlobReader(shadow, controller.signal);
    await reader.read(oids[0] ?? "", () => undefined);
    controller.abort(new Error("enough"));
    await expect(reader.read(oids[0] ?? "", () => undefined)).rejects.toThrow("enough");
    await reader.close();
  });
});

function readGrandchild(): number {
  return Number(readFileSync(join(base, "grandchild"), "utf8"));
}
