import { Worker } from "node:worker_threads";
import { HostError, messageOf } from "../core/host-error.ts";
import { createCurrentFile, readCurrentFile } from "./current-file.ts";
import type { ExamineAll } from "./engine.ts";
import type { Examination } from "./examine-file.ts";
import { loadAnalyzers } from "./languages.ts";
import { parseLoop } from "./parse-loop.ts";
import { threadLimits } from "./thread-limits.ts";
import type { FromParser, ToParser, WorkerStart } from "./worker-messages.ts";

// Each thread loads the parser and warms it up anew; on two cores that is won back from about this many files.
const minFilesForHelp = 5_000;
const minFilesPerThread = 100;

/** Examines on this thread and, for many files, on helpers that run `workerUrl`. */
export function createThreadedExamination(
  start: Extract<WorkerStart, { kind: "analysis" }>,
  workerUrl: URL,
): ExamineAll {
  const maxFileBytes = start.limits.maxFileBytes;
  return async (paths, take, signal) => {
    const next = new SharedArrayBuffer(4);
    const helpers = Array.from({ length: threadsFor(paths.length, start.threads) - 1 }, () =>
      helperRun({ start, workerUrl, message: { paths, next }, take }, signal),
    );
    const analyzers = await loadAnalyzers(paths);
    const own = parseLoop(
      { root: start.root, paths, next, maxFileBytes, analyzers, current: start.current, take },
      signal,
    );
    await Promise.all([own, ...helpers]);
  };
}

function threadsFor(files: number, wanted: number | undefined): number {
  if (wanted === undefined) return files < minFilesForHelp ? 1 : 2;
  return Math.max(1, Math.min(wanted, Math.floor(files / minFilesPerThread)));
}

interface HelperOptions {
  readonly start: Extract<WorkerStart, { kind: "analysis" }>;
  readonly workerUrl: URL;
  readonly message: ToParser;
  readonly take: (examinations: readonly Examination[]) => void;
}

/** One helper thread, from start to end. A crash there names the file it had begun. */
async function helperRun(options: HelperOptions, signal: AbortSignal): Promise<void> {
  const current = createCurrentFile();
  const { root, limits } = options.start;
  const workerData: WorkerStart = { kind: "parser", root, maxFileBytes: limits.maxFileBytes, current };
  const helper = new Worker(options.workerUrl, { workerData, resourceLimits: threadLimits });
  try {
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      helper.once("error", (error) => reject(crashed(error, readCurrentFile(current))));
      helper.once("exit", () => reject(crashed("the thread ended", readCurrentFile(current))));
      helper.on("message", (message: FromParser) => {
        if (message.kind === "done") resolve();
        else options.take(message.examinations);
      });
      helper.postMessage(options.message);
    });
  } finally {
    await helper.terminate();
  }
}

/** The failure of an analysis thread, with the file to look at first. */
export function crashed(cause: unknown, file: string | undefined): HostError {
  const place = file === undefined ? "before it read a file" : `at ${file}`;
  return new HostError("analysis.crashed", `The analysis stopped ${place}: ${messageOf(cause)}`, {
    hint: "Add the file to .gitignore or analyse a smaller folder, and report it",
    cause,
  });
}
