import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The command line as it ships. */
export const main = join(import.meta.dirname, "..", "..", "dist", "host", "main.js");

export interface HostPlace {
  readonly workspace: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A host of its own, once it listens. */
export async function startHost({ workspace, env }: HostPlace): Promise<ChildProcess> {
  const command = [main, "serve", "--json", "--workspace", workspace];
  const child = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "inherit"] });
  const first = await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => null)]);
  if (first === null) throw new Error("the host ended before it listened");
  return child;
}

/** Ends a process and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
