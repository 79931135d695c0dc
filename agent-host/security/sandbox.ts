import type { Assurance } from "../protocol/run.ts";

/** A command to run for an agent or a gate. */
export interface CommandRequest {
  readonly argv: readonly string[];
  /** Working folder, inside `writable`. */
  readonly folder: string;
  /** The one folder the command may change. */
  readonly writable: string;
  readonly limitMs: number;
  /** Bytes of output that are kept: the first and the last half of it. */
  readonly maxOutputBytes: number;
  /** Hears output as it comes, without terminal control sequences. */
  onOutput?(text: string): void;
}

export interface CommandOutcome {
  /** null when it was ended by a signal or could not start. */
  readonly exitCode: number | null;
  readonly ended: "exited" | "timeout" | "notStarted";
  /** Standard output and error as they came, without terminal control sequences. */
  readonly output: string;
  readonly omittedBytes: number;
  readonly durationMs: number;
}

/** Runs commands apart from what decides: state folder, socket, keys and the network. */
export interface Sandbox {
  /** `unsandboxed`: nothing on this machine can keep a command from them; the person is told everywhere. */
  readonly assurance: Assurance;
  /** What keeps commands apart, or why nothing does. */
  readonly description: string;
  /** Ends the whole process group on abort and time-out, and waits for it. Throws only the signal's reason. */
  run(request: CommandRequest, signal: AbortSignal): Promise<CommandOutcome>;
}
