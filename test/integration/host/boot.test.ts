import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

const boot = fileURLToPath(new URL("../../../agent-host/boot.ts", import.meta.url));
let folder = "";

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "agent-team-boot-")));
  await mkdir(join(folder, "workspace"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What lies in the cache of compiled code after a start with this state folder. */
async function cacheAfterStart(home: string, mode: number, args: readonly string[] = []): Promise<string[]> {
  const cache = join(home, "cache");
  await mkdir(cache, { recursive: true, mode });
  const env = { ...process.env, AGENT_TEAM_HOME: home, NODE_COMPILE_CACHE: "" };
  const options = { cwd: join(folder, "workspace"), env };
  await promisify(execFile)(process.execPath, [boot, ...args, "--version"], options);
  return await readdir(cache);
}

it.skipIf(process.platform === "win32")("executes compiled code of a private state folder only", async () => {
  expect(await cacheAfterStart(join(folder, "home"), 0o700)).toHaveLength(1);
  expect(await cacheAfterStart(join(folder, "shared"), 0o755)).toEqual([]);
  expect(await cacheAfterStart(join(folder, "workspace", "home"), 0o700)).toEqual([]);
  const repository = join(folder, "repository");
  for (const args of [["-w", repository], [`-w${repository}`], [`--workspace=${repository}`]]) {
    expect(await cacheAfterStart(join(repository, "home"), 0o700, args)).toEqual([]);
  }
});
