import { exitCodes } from "../protocol/exit-codes.ts";
import type { RunState } from "../protocol/state/schemas.ts";

/**
 * Where a command that follows a run can go no further by itself: the run has ended, it waits for a person, or it is
 * paused until somebody says more.
 */
export type RunStop =
  | { readonly kind: "ended"; readonly state: RunState }
  | { readonly kind: "waiting"; readonly state: RunState }
  | { readonly kind: "paused"; readonly cause: PauseCause; readonly state: RunState };

type PauseCause = "asked" | "budget" | "approval" | "conflict" | "model";

/** Null while the run works, and while it is only between two hosts. */
export function runStopOf(state: RunState): RunStop | null {
  if (state.finishedAt !== null) return { kind: "ended", state };
  if (state.status === "waiting") return { kind: "waiting", state };
  if (state.status !== "paused") return null;
  const cause = pauseCauses.find((each) => each === state.pauseCause);
  return cause === undefined ? null : { kind: "paused", cause, state };
}

/** A host that closes pauses its runs too, and another one takes over; so does a full disk, which is told as an error. */
const pauseCauses: readonly PauseCause[] = ["asked", "budget", "approval", "conflict", "model"];

/** Exit code of a command that ends here. */
export function exitCodeOf(stop: RunStop): number {
  if (stop.kind === "ended") return stop.state.exitCode ?? exitCodes.failed;
  if (stop.kind === "paused" && stop.cause === "budget") return exitCodes.budgetExhausted;
  if (stop.kind === "paused" && stop.cause === "model") return exitCodes.failed;
  return exitCodes.waitingForApproval;
}
