import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { commandEnvironment } from "./command-environment.ts";
import { type GroupControl, runGroup } from "./command-group.ts";
import { findProcesses } from "./process-table.ts";
import { checkedFolder, type RunnerOptions, refuseToStart } from "./runner.ts";
import type { CommandOutcome, CommandRequest, Sandbox } from "./sandbox.ts";

/** Runs commands with a clean environment and an end, and keeps nothing from them; `reason` says why not. */
export function plainSandbox(options: RunnerOptions, reason: string): Sandbox {
  const living = new LivingGroups();
  return {
    assurance: "unsandboxed",
    description: reason,
    run: (request, signal) => run({ ...options, living }, request, signal),
  };
}

/**
 * Groups that run now. They end with the host also where it stops without asking; only when it is killed itself can it
 * end nobody, and nothing else here does.
 */
class LivingGroups {
  private readonly pids = new Set<number>();
  private readonly onExit = (): void => {
    for (const pid of this.pids) send(targetOf(pid), "SIGKILL");
  };

  follow(pid: number, state: "started" | "ended"): void {
    if (state === "started") {
      if (this.pids.size === 0) process.on("exit", this.onExit);
      this.pids.add(pid);
    } else if (this.pids.delete(pid) && this.pids.size === 0) {
      process.off("exit", this.onExit);
    }
  }
}

async function run(
  options: RunnerOptions & { readonly living: LivingGroups },
  request: CommandRequest,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  signal.throwIfAborted();
  const checked = await checkedFolder(options, request);
  if (checked.kind === "refused") return refuseToStart(checked.reason);
  const own = await mkdtemp(join(options.temporaryFolder, "agent-team-command-"));
  try {
    const [home, temporary] = [join(own, "home"), join(own, "tmp")];
    await Promise.all([home, temporary].map((folder) => mkdir(folder, { mode: 0o700 })));
    const env = commandEnvironment(options.env, { home, temporary });
    const { limitMs, maxOutputBytes, onOutput, argv } = request;
    const { clock, graceMs, living } = options;
    const spec = { program: checked.program, args: argv.slice(1), folder: checked.folder, env };
    return await runGroup(
      { ...spec, limitMs, maxOutputBytes, onOutput, clock, graceMs },
      { ...groupControl(`HOME=${home}`), onLife: (pid, state) => living.follow(pid, state) },
      signal,
    );
  } finally {
    // What cannot be removed is a leftover in the folder for leftovers.
    await rm(own, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/** A group is reached by its leader's id, what left it by the folder that it was given as home. */
function groupControl(entry: string): GroupControl {
  const sendToAll = async (group: number, name: NodeJS.Signals): Promise<void> => {
    send(targetOf(group), name);
    for (const stray of await findProcesses({ group, entry })) send(stray, name);
  };
  return {
    terminate: (pid) => sendToAll(pid, "SIGTERM"),
    kill: (pid) => sendToAll(pid, "SIGKILL"),
    isGone: async (pid) =>
      process.platform === "linux"
        ? (await findProcesses({ group: pid, entry })).length === 0
        : !send(targetOf(pid), 0),
  };
}

/** Windows has no groups that can be reached this way; there only the process itself ends. */
function targetOf(pid: number): number {
  return process.platform === "win32" ? pid : -pid;
}

function send(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    // Nobody there any more.
    return false;
  }
}
