import { isHostError, messageOf } from "../core/host-error.ts";
import { runAnalysis } from "./analyzer.ts";
import type { FromProcess, ProcessRequest } from "./process-messages.ts";

// Entry point of an analysis process: one analysis, then it ends, and with it all memory that it took.

const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./worker.ts" : "./analysis-worker.mjs",
  import.meta.url,
);

// The host went away: nobody waits for the answer. An orderly exit would wait for the threads.
const onHostGone = (): void => void process.kill(process.pid, "SIGKILL");
process.on("disconnect", onHostGone);
process.once("message", (request: ProcessRequest) => void serve(request));

async function serve(request: ProcessRequest): Promise<void> {
  const never = new AbortController().signal;
  try {
    const onEvent = (event: Extract<FromProcess, { kind: "event" }>["event"]): void =>
      void send({ kind: "event", event });
    const analysis = await runAnalysis(request, { workerUrl, onEvent }, never);
    await send({ kind: "result", analysis });
  } catch (error) {
    const code = isHostError(error) ? error.code : "analysis.failed";
    const hint = isHostError(error) && error.hint !== undefined ? { hint: error.hint } : {};
    await send({ kind: "failed", code, message: messageOf(error), ...hint });
  }
  process.off("disconnect", onHostGone);
  process.disconnect();
}

/** Resolves when the message is on its way; a host that is gone is handled by "disconnect". */
async function send(message: FromProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    process.send?.(message, undefined, {}, () => resolve());
  });
}
