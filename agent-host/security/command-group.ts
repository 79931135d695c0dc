import { type ChildProcess, spawn } from "node:child_process";
import { Duplex, type Readable } from "node:stream";
import type { Clock } from "../core/clock.ts";
import { BoundedOutput } from "./bounded-output.ts";
import { OutputStream } from "./output-stream.ts";
import type { CommandOutcome } from "./sandbox.ts";

/** A process to start, in a session and process group of its own. */
export interface GroupSpec {
  /** Full path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly maxOutputBytes: number;
  /** Hears output as it comes, without terminal control sequences. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly clock: Clock;
}

/** How a runner reaches all that it started. Each may be called when nothing is left. */
export interface GroupControl {
  /** Hears the pipe that the process has as file descriptor 3; absent: it has none. */
  readonly onStatus?: (chunk: Buffer) => void;
  /** Hears the id of what was started, and when nothing of it is left. */
  readonly onLife?: (pid: number, state: "started" | "ended") => void;
  terminate(pid: number): Promise<void>;
  kill(pid: number): Promise<void>;
  isGone(pid: number): Promise<boolean>;
}

const pollMs = 5;
const maxGoneMs = 5_000;
const maxDrainMs = 1_000;

/**
 * Runs one process until it ends, its time is up or the signal aborts, and then ends all that it left behind.
 * Resolves only when nothing of it runs any more.
 *
 * @throws only the signal's reason.
 */
export async function runGroup(
  spec: GroupSpec,
  control: GroupControl,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  signal.throwIfAborted();
  const startedAt = spec.clock.monotonicMs();
  const output = new BoundedOutput(spec.maxOutputBytes);
  const child = start(spec, control, output);
  const exit = exitOf(child);
  if (child.pid === undefined) return notStarted(await exit, spec.clock.monotonicMs() - startedAt);
  control.onLife?.(child.pid, "started");
  const cause = await firstOf(exit, spec.limitMs, signal);
  if (cause !== "exited") await stop(child.pid, { control, exit, graceMs: spec.graceMs });
  await sweep(child.pid, control, spec.clock);
  control.onLife?.(child.pid, "ended");
  await drained(child);
  const { code } = await exit;
  if (cause === "aborted") signal.throwIfAborted();
  return {
    exitCode: cause === "exited" ? code : null,
    ended: cause === "exited" ? "exited" : "timeout",
    output: output.text(),
    omittedBytes: output.omittedBytes,
    durationMs: spec.clock.monotonicMs() - startedAt,
  };
}

interface Exit {
  readonly code: number | null;
  readonly error: Error | null;
}

function start(spec: GroupSpec, control: GroupControl, output: BoundedOutput): ChildProcess {
  const { onStatus } = control;
  const child = spawn(spec.program, spec.args, {
    cwd: spec.folder,
    env: spec.env,
    // Without a terminal there is none to type into, and a group of its own can be ended whole.
    detached: true,
    windowsHide: true,
    shell: false,
    stdio: ["ignore", "pipe", "pipe", onStatus === undefined ? "ignore" : "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) listen(stream, output, spec.onOutput);
  }
  const status = child.stdio[3];
  if (onStatus !== undefined && status instanceof Duplex) {
    status.on("data", onStatus);
    status.on("error", ignore);
    // It closes only when both directions have ended.
    status.end();
  }
  return child;
}

function listen(stream: Readable, output: BoundedOutput, onOutput: GroupSpec["onOutput"]): void {
  stream.on("data", (chunk: Buffer) => output.add(chunk));
  stream.on("error", ignore);
  if (onOutput === undefined) return;
  const text = new OutputStream();
  const tell = (piece: string): void => {
    if (piece !== "") onOutput(piece);
  };
  stream.on("data", (chunk: Buffer) => tell(text.next(chunk)));
  stream.once("close", () => tell(text.end()));
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, error }));
    child.once("exit", (code) => resolve({ code, error: null }));
  });
}

function notStarted({ error }: Exit, durationMs: number): CommandOutcome {
  const reason = error === null ? "The command could not be started" : error.message;
  return { exitCode: null, ended: "notStarted", output: reason, omittedBytes: 0, durationMs };
}

function firstOf(
  exit: Promise<Exit>,
  limitMs: number,
  signal: AbortSignal,
): Promise<"exited" | "timeout" | "aborted"> {
  return new Promise((resolve) => {
    const settle = (cause: "exited" | "timeout" | "aborted"): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(cause);
    };
    const onAbort = (): void => settle("aborted");
    // A longer time would wrap round and end the command at once.
    const timer = setTimeout(() => settle("timeout"), Math.min(limitMs, 2 ** 31 - 1));
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    void exit.then(() => settle("exited"));
  });
}

async function stop(
  pid: number,
  { control, exit, graceMs }: { control: GroupControl; exit: Promise<Exit>; graceMs: number },
): Promise<void> {
  await control.terminate(pid);
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  await Promise.race([exit, grace]);
  clearTimeout(timer);
  await control.kill(pid);
  await exit;
}

/** What was put into the background ends with the command. */
async function sweep(pid: number, control: GroupControl, clock: Clock): Promise<void> {
  const startedAt = clock.monotonicMs();
  while (!(await control.isGone(pid)) && clock.monotonicMs() - startedAt < maxGoneMs) {
    await control.kill(pid);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Waits for the last of the output. What escaped with a pipe in its hand must not hold up the caller. */
async function drained(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr, child.stdio[3]].filter(
    (stream) => stream != null,
  ) as Readable[];
  const open = streams.filter((stream) => !stream.closed);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxDrainMs);
  });
  const closed = open.map((stream) => new Promise<void>((resolve) => stream.once("close", () => resolve())));
  await Promise.race([Promise.all(closed), limit]);
  clearTimeout(timer);
  for (const stream of streams) stream.destroy();
}

function ignore(): void {
  // A broken pipe ends the output; the exit tells the rest.
}
