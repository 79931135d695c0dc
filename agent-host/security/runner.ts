import type { Clock } from "../core/clock.ts";
import { findProgram, isInside, realPathOf, searchFolders } from "./programs.ts";
import type { CommandOutcome, CommandRequest } from "./sandbox.ts";

/** What every runner needs, whatever keeps its commands apart. */
export interface RunnerOptions {
  /** The host's environment; commands see only `PATH` and `LANG` of it. */
  readonly env: NodeJS.ProcessEnv;
  /** Where private folders of commands are made. */
  readonly temporaryFolder: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly clock: Clock;
}

export type CheckedCommand =
  | {
      readonly kind: "checked";
      /** Full path of what the first argument names. */
      readonly program: string;
      /** Without links. */
      readonly folder: string;
      readonly writable: string;
    }
  | { readonly kind: "refused"; readonly reason: string };

/** Looks up what is to be run, and that it runs inside the folder that it may change. */
export async function checkedFolder(
  options: Pick<RunnerOptions, "env">,
  request: CommandRequest,
): Promise<CheckedCommand> {
  const [writable, folder] = await Promise.all([request.writable, request.folder].map(realPathOf));
  if (writable == null || folder == null) return { kind: "refused", reason: "The folder does not exist" };
  if (!isInside(folder, writable)) {
    return { kind: "refused", reason: "The folder lies outside of what the command may change" };
  }
  const [name] = request.argv;
  if (name === undefined || name === "" || request.argv.some((argument) => argument.includes("\0"))) {
    return { kind: "refused", reason: "This is no command" };
  }
  const program = await findProgram(name, { folders: searchFolders(options.env.PATH ?? ""), folder });
  if (program === null) return { kind: "refused", reason: `There is no program ${name}` };
  return { kind: "checked", program, folder, writable };
}

export function refuseToStart(reason: string): CommandOutcome {
  return { exitCode: null, ended: "notStarted", output: reason, omittedBytes: 0, durationMs: 0 };
}
