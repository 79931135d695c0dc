import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Disposable, disposable } from "../core/disposable.ts";

/** After the last answer of a run has been fetched, as a rule. */
const restMs = 3_000;

/**
 * Gives a grown heap back to the system once the host rests: V8 collects when memory is asked for, and a host that
 * waits for its next run asks for none. One full collection, about 20 ms.
 */
export function memorySaver(): Disposable & { rest(): void } {
  keepYoungSpaceSmall();
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
    dispose: disposable(() => clearTimeout(timer)).dispose,
  };
}

/**
 * What many agents say at once is garbage soon; V8 would let it pile up to 64 MB before it looks. Looking more often
 * costs little, for hardly anything of it is still in use.
 */
function keepYoungSpaceSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

function collector(): () => void {
  // The collector is only reachable through a flag, and then only in contexts that are made later.
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
