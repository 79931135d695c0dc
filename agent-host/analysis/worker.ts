import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { HostError, isHostError, messageOf } from "../core/host-error.ts";
import { AnalysisEngine, type AnalysisEvent } from "./engine.ts";
import { loadAnalyzers } from "./languages.ts";
import { parseLoop } from "./parse-loop.ts";
import { createThreadedExamination } from "./threaded-examination.ts";
import type { FromAnalysis, FromParser, ToAnalysis, ToParser, WorkerStart } from "./worker-messages.ts";

// Entry point of the analysis threads. The client ends them with `terminate`, so nothing here waits for an end.
const never = new AbortController().signal;

if (parentPort === null)
  throw new HostError("analysis.noParent", "The analysis worker is not started by hand");
const start = workerData as WorkerStart;
if (start.kind === "parser") serveParser(start, parentPort);
else await serveAnalysis(start, parentPort);

function serveParser(options: Extract<WorkerStart, { kind: "parser" }>, port: MessagePort): void {
  port.on("message", (message: ToParser) => {
    void parse(message).catch((error: unknown) => {
      // An uncaught error reaches the parent's "error" event, which knows what to do.
      queueMicrotask(() => {
        throw error;
      });
    });
  });

  async function parse({ paths, next }: ToParser): Promise<void> {
    const analyzers = await loadAnalyzers(paths);
    const take = (examinations: Extract<FromParser, { kind: "examined" }>["examinations"]): void => {
      const buffers = examinations.flatMap((item) => {
        const tokens = item.kind === "facts" ? item.facts.duplicateTokens : undefined;
        return tokens === undefined
          ? []
          : [tokens.hashes.buffer as ArrayBuffer, tokens.lines.buffer as ArrayBuffer];
      });
      port.postMessage({ kind: "examined", examinations } satisfies FromParser, buffers);
    };
    await parseLoop({ ...options, paths, next, analyzers, take }, never);
    port.postMessage({ kind: "done" } satisfies FromParser);
  }
}

async function serveAnalysis(
  options: Extract<WorkerStart, { kind: "analysis" }>,
  port: MessagePort,
): Promise<void> {
  const send = (message: FromAnalysis): void => port.postMessage(message);
  const emit = (event: AnalysisEvent): void => send({ kind: "event", event });
  let takeChanges: (value: ReadonlyMap<string, number>) => void = () => {};
  const awaited = new Promise<ReadonlyMap<string, number>>((resolve) => {
    takeChanges = resolve;
  });
  if (!options.awaitsChanges) takeChanges(new Map());
  const engine = new AnalysisEngine({
    root: options.root,
    limits: options.limits,
    paths: options.paths,
    examineAll: createThreadedExamination(options, new URL(import.meta.url)),
    changes: () => awaited,
    monotonicMs: () => performance.now(),
  });
  let queue: Promise<void> = run(() => engine.analyze(emit, never));
  port.on("message", (message: ToAnalysis) => {
    if (message.kind === "changes") takeChanges(message.changes);
    else queue = queue.then(() => run(() => engine.update(message.changedPaths, emit, never)));
  });
  await queue;

  async function run(act: () => ReturnType<AnalysisEngine["analyze"]>): Promise<void> {
    try {
      send({ kind: "result", analysis: await act() });
    } catch (error) {
      const known = isHostError(error);
      send({
        kind: "failed",
        code: known ? error.code : "analysis.crashed",
        message: known ? error.message : `The analysis failed: ${messageOf(error)}`,
        hint: known ? error.hint : undefined,
      });
    }
  }
}
