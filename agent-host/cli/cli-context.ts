import type { Clock } from "../core/clock.ts";
import type { HostFiles } from "../host/host-files.ts";
import type { Prompt } from "./prompt.ts";

/** What a command may know of the process it runs in. Only `main.ts` fills it in. */
export interface CliContext extends HostFiles {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly clock: Clock;
  readonly output: Output;
  /** Null where nobody can be asked. */
  readonly prompt: Prompt | null;
  /** Ends with Ctrl+C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Module of the analysis threads. */
  readonly workerUrl: URL;
  /** Folder of the demo's repository and script. */
  readonly demoUrl: URL;
}

/** Where a command writes: results to `out`, everything about the way there to `note`. */
export interface Output {
  readonly isTerminal: boolean;
  readonly isColourful: boolean;
  readonly columns: number;
  out(text: string | Uint8Array): void;
  note(text: string): void;
  /** Replaces the progress line on a terminal; empty text removes it. Does nothing elsewhere. */
  progress(text: string): void;
}
