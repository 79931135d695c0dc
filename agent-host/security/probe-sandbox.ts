import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../core/host-error.ts";
import { bubblewrapSandbox } from "./bubblewrap/bubblewrap-sandbox.ts";
import { plainSandbox } from "./plain-sandbox.ts";
import { findProgram, isInside, searchFolders } from "./programs.ts";
import type { Sandbox } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox-options.ts";

const probeLimitMs = 10_000;

/**
 * The best sandbox that really works on this machine: bubblewrap on Linux, tried once; else one that keeps nothing
 * apart and says why. Throws only the signal's reason.
 */
export async function probeSandbox(options: SandboxOptions, signal: AbortSignal): Promise<Sandbox> {
  if (process.platform !== "linux") return plainSandbox(options, "Commands are kept apart on Linux only");
  const bwrap = await findSystemProgram("bwrap", options);
  if (bwrap === null) {
    return plainSandbox(options, "Commands are not kept apart: bubblewrap is not installed");
  }
  const programs = { bwrap, prlimit: await findSystemProgram("prlimit", options) };
  const sandbox = bubblewrapSandbox(options, programs, "bubblewrap: no network, one folder to change");
  const fault = await tryOut(sandbox, options, signal);
  if (fault === null) return sandbox;
  return plainSandbox(options, `Commands are not kept apart: bubblewrap does not work here (${fault})`);
}

/** A repository that puts itself on the search path must not bring the sandbox along. */
async function findSystemProgram(name: string, options: SandboxOptions): Promise<string | null> {
  const { env, workspaceRoot, home } = options;
  const folders = searchFolders(env.PATH ?? "").filter(
    (folder) => !isInside(folder, workspaceRoot) && !isInside(folder, home),
  );
  return await findProgram(name, { folders, folder: "/" });
}

/** What went wrong with the simplest of commands; null if nothing did. */
async function tryOut(
  sandbox: Sandbox,
  options: SandboxOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const folder = await mkdtemp(join(options.temporaryFolder, "agent-team-probe-"));
  try {
    const outcome = await sandbox.run(
      { argv: ["true"], folder, writable: folder, limitMs: probeLimitMs, maxOutputBytes: 2_000 },
      signal,
    );
    if (outcome.exitCode === 0) return null;
    return outcome.output.trim().split("\n").at(0) || `it ended with ${outcome.exitCode ?? outcome.ended}`;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
