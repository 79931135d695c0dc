import { isHostError, messageOf } from "../core/host-error.ts";
import { runAnalysis } from "./analyzer.ts";
import type { FromProcess, ProcessRequest, ToProcess } from "./process-messages.ts";
import { answerQuery } from "./queries/answer-query.ts";

// Entry point of an analysis process: one analysis or answer, then it ends, and with it all memory that it took.

const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./worker.ts" : "./analysis-worker.mjs",
  import.meta.url,
);

// The host went away: nobody waits for the answer. An orderly exit would wait for the threads.
const onHostGone = (): void => void process.kill(process.pid, "SIGKILL");
process.on("disconnect", onHostGone);
process.once("message", (request: ToProcess) => void serve(request));

async function serve(request: ToProcess): Promise<void> {
  try {
    if ("kind" in request) await send({ kind: "answer", answer: await answerQuery(request) });
    else await analyze(request);
  } catch (error) {
    const code = isHostError(error) ? error.code : "analysis.failed";
    const hint = isHostError(error) && error.hint !== undefined ? { hint: error.hint } : {};
    await send({ kind: "failed", code, message: messageOf(error), ...hint });
  }
  process.off("disconnect", onHostGone);
  process.disconnect();
}

async function analyze(request: ProcessRequest): Promise<void> {
  const onEvent = (event: Extract<FromProcess, { kind: "event" }>["event"]): void =>
    void send({ kind: "event", event });
  const analysis = await runAnalysis(request, { workerUrl, onEvent }, new AbortController().signal);
  await send({ kind: "result", analysis });
}

/** Resolves when the message is on its way; a host that is gone is handled by "disconnect". */
async function send(message: FromProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    process.send?.(message, undefined, {}, () => resolve());
  });
}
