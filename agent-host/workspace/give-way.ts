import { setImmediate as giveWay } from "node:timers/promises";

/** Lets others have the event loop about every 10 ms of synchronous work. */
export function restBetween(signal: AbortSignal): () => Promise<void> {
  let lastMs = Date.now();
  return async () => {
    if (Date.now() - lastMs < 10) return;
    signal.throwIfAborted();
    await giveWay();
    lastMs = Date.now();
  };
}
