import { lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { commandEnvironment } from "../command-environment.ts";
import { type GroupControl, runGroup } from "../command-group.ts";
import { realPathOf, searchFolders } from "../programs.ts";
import { checkedFolder, refuseToStart } from "../runner.ts";
import type { CommandOutcome, CommandRequest, Sandbox } from "../sandbox.ts";
import type { SandboxOptions } from "../sandbox-options.ts";
import { privateRoots } from "../secret-places.ts";
import { Guards } from "./guards.ts";
import { findHiddenPlaces } from "./hidden-places.ts";
import { hiddenInside, homeInside, type Profile, profileArguments } from "./profile.ts";
import { isSandboxGone, StatusReader } from "./status.ts";

/** The programs of the system that make the sandbox, as full paths. */
export interface BubblewrapPrograms {
  readonly bwrap: string;
  /** `prlimit`, to bound the number of processes; null where it is missing. */
  readonly prlimit: string | null;
}

/** Processes and threads of one command. Root is exempt; there the time limit is the bound. */
const maxProcesses = 4_096;

/** Runs commands in bubblewrap: see `profileArguments` for what they see. */
export function bubblewrapSandbox(
  options: SandboxOptions,
  programs: BubblewrapPrograms,
  description: string,
): Sandbox {
  const guards = new Guards();
  return {
    assurance: "sandboxed",
    description,
    run: (request, signal) => run({ options, programs, guards }, request, signal),
  };
}

interface Setting {
  readonly options: SandboxOptions;
  readonly programs: BubblewrapPrograms;
  readonly guards: Guards;
}

async function run(
  { options, programs, guards }: Setting,
  request: CommandRequest,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  signal.throwIfAborted();
  const checked = await checkedFolder(options, request);
  if (checked.kind === "refused") return refuseToStart(checked.reason);
  const { folder, writable, program } = checked;
  const [hidden, needed, roots] = await Promise.all([
    findHiddenPlaces(options),
    findNeeded(options),
    findRoots(),
  ]);
  if (hiddenInside({ hidden, writable }) !== null) {
    return refuseToStart("The folder that the command may change holds what must be hidden from it");
  }
  const taken = guards.take(writable, options.guarded);
  try {
    const profile = { folder, writable, hidden, needed, roots, guards: taken };
    const command = [program, ...request.argv.slice(1)];
    return await runProfile({ options, programs, profile, command, request }, signal);
  } finally {
    guards.release(taken);
  }
}

interface Prepared {
  readonly options: SandboxOptions;
  readonly programs: BubblewrapPrograms;
  readonly profile: Profile;
  readonly command: readonly string[];
  readonly request: CommandRequest;
}

async function runProfile(prepared: Prepared, signal: AbortSignal): Promise<CommandOutcome> {
  const { options, request, command } = prepared;
  const wrapped = [
    ...limits(prepared.programs),
    ...[prepared.programs.bwrap, ...profileArguments(prepared.profile)],
    ...["--json-status-fd", "3", "--", ...command],
  ];
  const [program = "", ...args] = wrapped;
  const reader = new StatusReader();
  const env = commandEnvironment(options.env, { home: homeInside, temporary: "/tmp" });
  const { limitMs, maxOutputBytes, onOutput } = request;
  const { clock, graceMs } = options;
  const spec = { program, args, env, folder: "/", limitMs, maxOutputBytes, onOutput, clock, graceMs };
  const outcome = await runGroup(spec, sandboxControl(reader), signal);
  if (outcome.ended !== "exited" || reader.status().exitCode !== null) return outcome;
  // bubblewrap itself ended: it could not make the sandbox, or not start the program in it.
  return { ...outcome, exitCode: null, ended: "notStarted" };
}

function limits({ prlimit }: BubblewrapPrograms): string[] {
  if (prlimit === null || process.getuid?.() === 0) return [];
  return [prlimit, `--nproc=${maxProcesses}`, "--"];
}

/**
 * Inside, all processes of the command share the group of the first one, which heeds no signal but SIGKILL; with
 * the first one everything ends. The group outside is bubblewrap itself.
 */
function sandboxControl(reader: StatusReader): GroupControl {
  return {
    onStatus: (chunk) => reader.add(chunk),
    terminate: async () => {
      const { pid } = reader.status();
      if (pid !== null) send(-pid, "SIGTERM");
    },
    kill: async (outer) => {
      const status = reader.status();
      if (status.pid !== null && !(await isSandboxGone(status))) send(status.pid, "SIGKILL");
      else send(-outer, "SIGKILL");
    },
    isGone: () => isSandboxGone(reader.status()),
  };
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Nobody there any more.
  }
}

/** Where programs are, and the workspace: readable also where they lie in a folder that is replaced. */
async function findNeeded({ env, execPath, workspaceRoot }: SandboxOptions): Promise<string[]> {
  const wanted = [...searchFolders(env.PATH ?? ""), dirname(execPath), workspaceRoot];
  const real = await Promise.all(wanted.map(realPathOf));
  // Under both names: a search path is followed as it is written.
  return [...new Set([...wanted, ...real.filter((path) => path !== null)])];
}

async function findRoots(): Promise<string[]> {
  const found = await Promise.all(
    privateRoots.map(async (path) => {
      const status = await lstat(path).catch(() => null);
      return status?.isDirectory() ? [path] : [];
    }),
  );
  return found.flat();
}
