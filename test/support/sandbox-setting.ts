import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { systemClock } from "../../agent-host/core/clock.ts";
import type { CommandOutcome, Sandbox } from "../../agent-host/security/sandbox.ts";
import { guardedNames, type SandboxOptions } from "../../agent-host/security/sandbox-options.ts";

/** Folders such as a host has, with something in each that a command must not get at. */
export interface SandboxSetting {
  readonly options: SandboxOptions;
  /** The folder that commands may change; it lies in the state folder. */
  readonly tree: string;
  readonly secretFile: string;
  readonly keyFile: string;
  readonly workspaceFile: string;
  readonly userSecret: string;
}

export async function sandboxSetting(parent = tmpdir()): Promise<SandboxSetting> {
  const base = await mkdtemp(join(parent, "agent-team-sandbox-"));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const at = (...names: string[]): string => join(base, ...names);
  const tree = at("state", "runs", "tree");
  for (const folder of [tree, at("runtime"), at("workspace"), at("user", ".ssh"), at("keys")]) {
    await mkdir(folder, { recursive: true });
  }
  const files = {
    secretFile: at("state", "host.json"),
    keyFile: at("keys", "approver.pem"),
    workspaceFile: at("workspace", "dependency.txt"),
    userSecret: at("user", ".ssh", "id_ed25519"),
  };
  for (const path of Object.values(files)) await writeFile(path, "hidden");
  const options: SandboxOptions = {
    home: at("state"),
    runtimeFolder: at("runtime"),
    keyFiles: [files.keyFile],
    workspaceRoot: at("workspace"),
    userHome: at("user"),
    execPath: process.execPath,
    guarded: guardedNames,
    env: { ...process.env, AGENT_TEAM_HOME: at("state"), NODE_OPTIONS: "--no-warnings", SOME_TOKEN: "t0ken" },
    temporaryFolder: tmpdir(),
    graceMs: 300,
    clock: systemClock,
  };
  return { options, tree, ...files };
}

export interface Limits {
  readonly limitMs?: number;
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

/** Runs a command in the tree. */
export async function runIn(
  sandbox: Sandbox,
  tree: string,
  argv: readonly string[],
  { limitMs = 30_000, maxOutputBytes = 64_000, signal = new AbortController().signal }: Limits = {},
): Promise<CommandOutcome> {
  return await sandbox.run({ argv, folder: tree, writable: tree, limitMs, maxOutputBytes }, signal);
}
