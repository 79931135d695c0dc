import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { HostError } from "../core/host-error.ts";
import type { CodeAnalysis } from "../protocol/analysis.ts";
import { createCurrentFile, readCurrentFile } from "./current-file.ts";
import { type AnalysisEvent, type AnalysisLimits, defaultLimits } from "./engine.ts";
import { threadLimits } from "./thread-limits.ts";
import { crashed } from "./threaded-examination.ts";
import type { FromAnalysis, ToAnalysis, WorkerStart } from "./worker-messages.ts";

export interface AnalysisRequest {
  /** Absolute path of the folder. */
  readonly root: string;
  /** Files and folders to report on, relative to the root; everything is read all the same. All when absent. */
  readonly paths?: readonly string[];
  /** Commits that touched a file; see `workspace/git-history.ts`. Awaited only at the end, so pass the promise. */
  readonly changes?: ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>;
  readonly limits?: Partial<AnalysisLimits>;
}

export interface AnalyzerOptions {
  /** Where the worker's code is: bundled or source, as the composition decides. */
  readonly workerUrl: URL;
  readonly onEvent: (event: AnalysisEvent) => void;
  /** Threads that parse; chosen by the number of files when absent. */
  readonly threads?: number;
}

/**
 * Analyses a folder in a thread of its own.
 *
 * @throws the signal's reason as soon as it aborts; HostError `analysis.crashed` when the thread dies, naming the file
 * it had begun; `analysis.unreadableRoot` when the folder cannot be listed.
 */
export async function runAnalysis(
  request: AnalysisRequest,
  options: AnalyzerOptions,
  signal: AbortSignal,
): Promise<CodeAnalysis> {
  const session = startAnalysis(request, options, signal);
  try {
    return await session.first;
  } finally {
    await session.close();
  }
}

/** An analysis that stays ready for edits. */
export interface AnalysisSession {
  /** The whole analysis. */
  readonly first: Promise<CodeAnalysis>;
  /** Analyses again after these files changed; one call at a time. */
  update(changedPaths: readonly string[]): Promise<CodeAnalysis>;
  /** Ends the thread. Calls still open reject. */
  close(): Promise<void>;
}

/** Starts an analysis whose thread lives until `close` or until `signal` aborts. */
export function startAnalysis(
  request: AnalysisRequest,
  options: AnalyzerOptions,
  signal: AbortSignal,
): AnalysisSession {
  signal.throwIfAborted();
  return new WorkerSession(request, options, signal);
}

/** Threads keep compiled code only when a variable tells them where; the main thread is told by a call. */
function threadEnvironment(): NodeJS.ProcessEnv {
  // Node.js 22.8 and later.
  const cache = process.getBuiltinModule("node:module").getCompileCacheDir?.();
  return cache === undefined ? process.env : { NODE_COMPILE_CACHE: dirname(cache), ...process.env };
}

interface Waiter {
  readonly resolve: (analysis: CodeAnalysis) => void;
  readonly reject: (error: unknown) => void;
}

class WorkerSession implements AnalysisSession {
  readonly first: Promise<CodeAnalysis>;
  private readonly worker: Worker;
  private readonly current = createCurrentFile();
  private readonly waiters: Waiter[] = [];
  private readonly signal: AbortSignal;
  private readonly onAbort: () => void;
  /** Why no further call can be answered. */
  private ended: unknown;

  constructor(request: AnalysisRequest, options: AnalyzerOptions, signal: AbortSignal) {
    this.signal = signal;
    const { changes } = request;
    const workerData: WorkerStart = {
      kind: "analysis",
      root: request.root,
      limits: { ...defaultLimits, ...request.limits },
      paths: request.paths ?? [],
      awaitsChanges: changes !== undefined,
      threads: options.threads,
      current: this.current,
    };
    const env = threadEnvironment();
    this.worker = new Worker(options.workerUrl, { workerData, resourceLimits: threadLimits, env });
    this.onAbort = () => this.end(signal.reason);
    signal.addEventListener("abort", this.onAbort, { once: true });
    this.worker.on("error", (error) => this.end(crashed(error, readCurrentFile(this.current))));
    this.worker.on("exit", () => this.end(crashed("the thread ended", readCurrentFile(this.current))));
    this.worker.on("message", (message: FromAnalysis) => this.receive(message, options.onEvent));
    this.first = this.answer();
    if (changes !== undefined) void this.sendChanges(changes);
  }

  async update(changedPaths: readonly string[]): Promise<CodeAnalysis> {
    if (this.ended !== undefined) throw this.ended;
    this.send({ kind: "update", changedPaths });
    return await this.answer();
  }

  async close(): Promise<void> {
    this.end(new HostError("analysis.closed", "The analysis was closed"));
    await this.worker.terminate();
  }

  private async sendChanges(changes: Required<AnalysisRequest>["changes"]): Promise<void> {
    // Without history there are no hot spots, and nothing else is missing.
    const known = await Promise.resolve(changes).catch(() => new Map<string, number>());
    if (this.ended === undefined) this.send({ kind: "changes", changes: known });
  }

  private send(message: ToAnalysis): void {
    this.worker.postMessage(message);
  }

  private answer(): Promise<CodeAnalysis> {
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  private receive(message: FromAnalysis, onEvent: (event: AnalysisEvent) => void): void {
    if (this.ended !== undefined) return;
    if (message.kind === "event") onEvent(message.event);
    else if (message.kind === "result") this.waiters.shift()?.resolve(message.analysis);
    else {
      const options = message.hint === undefined ? {} : { hint: message.hint };
      this.waiters.shift()?.reject(new HostError(message.code, message.message, options));
    }
  }

  private end(reason: unknown): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    this.signal.removeEventListener("abort", this.onAbort);
    void this.worker.terminate();
    for (const waiter of this.waiters.splice(0)) waiter.reject(reason);
  }
}
