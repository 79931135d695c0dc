import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Disposable, disposable } from "../core/disposable.ts";

/** After the last answer of a run has been fetched, as a rule. */
const restMs = 3_000;

/**
 * Gives a grown heap back to the system once the host rests: V8 collects when memory is asked for, and a host that
 * waits for its next run asks for none. One full collection, about 20 ms.
 */
export function memorySaver(): Disposable & { rest(): void } {
  const young = keepYoungSpaceSmall();
  let timer: NodeJS.Timeout | undefined;
  let collect: (() => void) | null = null;
  return {
    rest() {
      clearTimeout(timer);
      timer = setTimeout(() => {
        collect ??= collector();
        collect();
      }, restMs);
      timer.unref();
    },
    dispose: disposable(() => {
      clearTimeout(timer);
      young.dispose();
    }).dispose,
  };
}

/** Of both halves. */
const youngSpaceBytes = 8_000_000;

/**
 * What many agents say at once is garbage soon; V8 would let it pile up to 64 MB before it looks. Hardly anything of
 * it is still in use then, so looking more often costs little.
 */
function keepYoungSpaceSmall(): Disposable {
  const observer = new PerformanceObserver(() => {
    const space = getHeapSpaceStatistics().find((each) => each.space_name === "new_space");
    if ((space?.space_size ?? 0) < youngSpaceBytes) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    observer.disconnect();
  });
  observer.observe({ entryTypes: ["gc"] });
  return disposable(() => observer.disconnect());
}

function collector(): () => void {
  // The collector is only reachable through a flag, and then only in contexts that are made later.
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
