import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { detectCommands } from "../../../agent-host/config/detect-commands.ts";

const never = new AbortController().signal;
let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "agent-team-commands-"));
});

afterEach(() => rm(root, { recursive: true, force: true }));

describe("detectCommands", () => {
  it("reads the manifests of a folder, and prefers the rules' commands", async () => {
    await writeFile(
      join(root, "package.json"),
      `\ufeff${JSON.stringify({ scripts: { test: "x", build: "y" } })}`,
    );
    const commands = { test: ["make", "check"] };
    expect(await detectCommands({ root, commands }, never)).toEqual({
      test: ["make", "check"],
      build: ["npm", "run", "build"],
    });
  });

  it("looks into the folder of tests", async () => {
    await writeFile(join(root, "setup.py"), "");
    await mkdir(join(root, "tests"));
    await writeFile(join(root, "tests/test_a.py"), "");
    expect(await detectCommands({ root, commands: {} }, never)).toEqual({
      test: ["python3", "-m", "pytest"],
    });
  });

  it("finds nothing where there is no folder, or folders and pipes have the names of manifests", async () => {
    expect(await detectCommands({ root: join(root, "none"), commands: {} }, never)).toEqual({});
    await mkdir(join(root, "package.json"));
    execFileSync("mkfifo", [join(root, "Makefile")]);
    await writeFile(join(root, "tests"), "no folder");
    expect(await detectCommands({ root, commands: {} }, never)).toEqual({});
  });

  it("passes over a manifest that is too long", async () => {
    await writeFile(join(root, "Makefile"), `test:\n${"#".repeat(1_000_000)}`);
    expect(await detectCommands({ root, commands: {} }, never)).toEqual({});
  });
});
