import { type HostError, isHostError, messageOf } from "../core/host-error.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { Actor } from "../protocol/journal.ts";
import { finishRun } from "./finish-run.ts";
import type { RunLog } from "./run-log.ts";
import { pauseAfter, stopOf, storageProblem } from "./run-stop.ts";

const leaderActor: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };
const hostActor: Actor = { kind: "system", id: "host", role: "host" };

/**
 * Writes how a run stopped that was aborted by `signal` or threw `error`: paused, cancelled or failed. Where disk or
 * journal take nothing the run stays open, and `onStopped` hears of it: whoever follows the run would wait for ever.
 *
 * @throws what kept it from being written, and errors no code foresaw.
 */
export async function endAfter(
  log: RunLog,
  error: unknown,
  given: { readonly signal: AbortSignal; readonly onStopped: (problem: HostError) => void },
): Promise<void> {
  const { signal, onStopped } = given;
  const cause: unknown = signal.aborted ? signal.reason : error;
  try {
    if (storageProblem(cause) !== null) throw cause;
    await writeEnd(log, error, signal);
  } catch (failure) {
    const problem = storageProblem(failure);
    if (problem !== null) {
      // The run can be resumed. What still fits says why it stopped.
      const data = { reason: problem.message, cause: "storage" as const };
      await log.record([{ type: "run.paused", actor: hostActor, data }]).catch(() => undefined);
      onStopped(problem);
    }
    throw failure;
  }
}

async function writeEnd(log: RunLog, error: unknown, signal: AbortSignal): Promise<void> {
  const pause = signal.aborted ? stopOf(signal) : pauseAfter(error);
  if (pause?.kind === "pause") {
    const { reason, cause, words } = pause;
    const detail = words === undefined ? {} : { detail: await log.keep(words) };
    await log.record([{ type: "run.paused", actor: hostActor, data: { reason, cause, ...detail } }]);
    return;
  }
  if (pause !== null) {
    const { reason } = pause;
    await finishRun(log, { status: "cancelled", exitCode: exitCodes.cancelled, reason }, leaderActor);
    return;
  }
  const reason = messageOf(error);
  await finishRun(log, { status: "failed", exitCode: exitCodes.failed, reason }, hostActor);
  if (!isHostError(error)) throw error;
}
