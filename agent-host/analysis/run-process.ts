import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { HostError } from "../core/host-error.ts";
import type { CodeAnalysis } from "../protocol/analysis.ts";
import type { AnalysisEvent } from "./engine.ts";
import type { FromProcess, ProcessRequest, ToProcess } from "./process-messages.ts";
import type { Answer, Query } from "./queries/query.ts";

export interface ProcessOptions {
  /** Module of the process: `process.ts`, or what it was bundled to. */
  readonly processUrl: URL;
  /** Everything the process gets of the environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly onEvent: (event: AnalysisEvent) => void;
}

const maxErrorText = 2_000;

/**
 * Analyses a folder in a process of its own. A host lives for days: what an analysis takes must be given back whole,
 * and V8 keeps much of a thread's memory.
 *
 * @throws the signal's reason as soon as it aborts; HostError `analysis.crashed` when the process dies, and what
 * `runAnalysis` throws.
 */
export async function runAnalysisProcess(
  request: ProcessRequest,
  options: ProcessOptions,
  signal: AbortSignal,
): Promise<CodeAnalysis> {
  const last = await inProcess(request, options, signal);
  if (last.kind === "result") return last.analysis;
  throw crashed("it answered something else");
}

/**
 * Answers a question in such a process.
 *
 * @throws like `runAnalysisProcess`.
 */
export async function runQueryProcess(
  query: Query,
  options: Pick<ProcessOptions, "processUrl" | "env">,
  signal: AbortSignal,
): Promise<Answer> {
  const last = await inProcess(query, { ...options, onEvent: () => undefined }, signal);
  if (last.kind === "answer") return last.answer;
  throw crashed("it answered something else");
}

type LastMessage = Extract<FromProcess, { kind: "result" | "answer" }>;

async function inProcess(
  request: ToProcess,
  options: ProcessOptions,
  signal: AbortSignal,
): Promise<LastMessage> {
  signal.throwIfAborted();
  const child = fork(fileURLToPath(options.processUrl), [], {
    env: options.env,
    // Not those of the host: an inspector port, for example, is taken.
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const onAbort = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await answer(child, request, options);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    child.kill("SIGKILL");
    await ended;
  }
}

async function answer(
  child: ChildProcess,
  request: ToProcess,
  options: ProcessOptions,
): Promise<LastMessage> {
  let errorText = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errorText = (errorText + text).slice(-maxErrorText);
  });
  return await new Promise<LastMessage>((resolve, reject) => {
    child.once("error", (error) => reject(crashed(error.message)));
    child.once("exit", (code, signalName) =>
      reject(crashed(`it ended with ${signalName ?? code}: ${errorText.trim()}`)),
    );
    child.on("message", (message: FromProcess) => {
      if (message.kind === "event") options.onEvent(message.event);
      else if (message.kind !== "failed") resolve(message);
      else
        reject(
          new HostError(
            message.code,
            message.message,
            message.hint === undefined ? {} : { hint: message.hint },
          ),
        );
    });
    child.send(request, (error) => {
      if (error !== null) reject(crashed(error.message));
    });
  });
}

function crashed(why: string): HostError {
  return new HostError("analysis.crashed", `The analysis process stopped: ${why}`, {
    hint: "Try again; if it stays so, analyse a smaller folder, and report it",
  });
}
