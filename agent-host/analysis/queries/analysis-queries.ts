import { HostError } from "../../core/host-error.ts";
import { allFindings } from "../../protocol/analysis.ts";
import { runAnalysisProcess, runQueryProcess } from "../run-process.ts";
import type { AnalysisQueries, PageAnswer, ReferencesAnswer } from "./query.ts";

export interface QueriesOptions {
  /** Module of the process: `process.ts`, or what it was bundled to. */
  readonly processUrl: URL;
  /** Everything the process gets of the environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Processes at a time; each takes up to a few hundred megabytes. */
  readonly maxParallel?: number;
  readonly limitMs?: number;
}

const maxWaiting = 64;

/** Each question in a process of its own, a few at a time. */
export function analysisQueries(options: QueriesOptions): AnalysisQueries {
  const { processUrl, env, maxParallel = 2, limitMs = 60_000 } = options;
  const turns = new Turns(maxParallel);
  const run = <Result>(act: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal) =>
    turns.take(() => limited(act, limitMs, signal), signal);
  return {
    // The answer is of the query's kind: `answerQuery`.
    references: async (query, signal) =>
      (await run((inner) => runQueryProcess(query, { processUrl, env }, inner), signal)) as ReferencesAnswer,
    page: async (query, signal) =>
      (await run((inner) => runQueryProcess(query, { processUrl, env }, inner), signal)) as PageAnswer,
    diagnostics: async (query, signal) => {
      const process = { processUrl, env, onEvent: () => undefined };
      const analysis = await run((inner) => runAnalysisProcess(query, process, inner), signal);
      return { findings: allFindings(analysis), files: analysis.metrics.files };
    },
  };
}

async function limited<Result>(
  act: (signal: AbortSignal) => Promise<Result>,
  limitMs: number,
  signal: AbortSignal,
): Promise<Result> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  try {
    return await act(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    if (!limit.signal.aborted || signal.aborted) throw error;
    throw new HostError("analysis.tooSlow", `The analysis did not end within ${limitMs} ms`, {
      hint: "Ask about fewer files",
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Lets a few act at a time, in the order in which they came. */
class Turns {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(places: number) {
    this.free = places;
  }

  async take<Result>(act: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    await this.enter(signal);
    try {
      return await act();
    } finally {
      this.leave();
    }
  }

  private async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    if (this.waiting.length >= maxWaiting) {
      throw new HostError("analysis.busy", "Too many questions wait for the analysis", { hint: "Try again" });
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      const enter = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      this.waiting.push(enter);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free += 1;
    else next();
  }
}
