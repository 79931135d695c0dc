import { type HostError, isHostError } from "../core/host-error.ts";
import type { Provider } from "../protocol/run.ts";

/**
 * Failures that say nothing about the task: its run pauses, and can go on later from where it stood. What a script says
 * of its endpoint stays so: there another attempt is made, and then the task has failed.
 */
export function pausesRun(code: string, provider: Provider): boolean {
  return (
    isStorageFailure(code) ||
    code === "budget.exhausted" ||
    code === "approval.timeout" ||
    (provider !== "scripted" && cannotAskModel(code))
  );
}

/**
 * No model can be asked now, and that says nothing about the task: a person has to do something about it (give a key,
 * open a window, mend the settings), or its endpoint is out of reach or breaks off its answers and trying again was no
 * use. Another attempt of the task would pay for the same broken answers again.
 */
export function cannotAskModel(code: string): boolean {
  return modelCodes.has(code);
}

const modelCodes = new Set([
  "config.invalid",
  "model.badStream",
  "model.cut",
  "model.failed",
  "model.noKey",
  "model.notAllowed",
  "model.noWindow",
  "model.overloaded",
  "model.quota",
  "model.rateLimited",
  "model.serverError",
  "model.stalled",
  "model.unauthorized",
  "model.unknownEndpoint",
  "model.unreachable",
]);

/**
 * The machine is not what the run needs: disk or journal take nothing, or its sandbox is gone. An entry that does not
 * fit would not fit a second time: that is none.
 */
export function isStorageFailure(code: string): boolean {
  if (code === "journal.invalid" || code === "journal.tooLarge") return false;
  return code === "disk.full" || code === "sandbox.lost" || code.startsWith("journal.");
}

/**
 * Whether another attempt may do better. Safe: an attempt works in a tree of its own, and what it did there is thrown
 * away with it.
 */
export function isRetryable(code: string): boolean {
  return retryable.has(code) || code.startsWith("hub.");
}

const retryable = new Set([
  "agent.badCalls",
  "agent.cutOff",
  "agent.failed",
  "agent.lost",
  "agent.stopped",
  "agent.unfinished",
  "changeset.conflict",
  "model.badStream",
  "model.cut",
  "model.overloaded",
  "model.rateLimited",
  "model.serverError",
  "model.unreachable",
  "result.invalid",
  "task.limit",
]);

export function codeOf(error: unknown): string {
  return isHostError(error) ? error.code : "agent.failed";
}

/** What a person reads of a failure that ends or holds up work: what happened, under which code, what to do. */
export function failureWords({ message, code, hint }: HostError): string {
  return `${message} (${code})${hint === undefined ? "" : `. ${hint}`}`;
}
