import { isHostError } from "../core/host-error.ts";

/** Failures that say nothing about the task: its run pauses, and can go on later from where it stood. */
export function pausesRun(code: string): boolean {
  return (
    isStorageFailure(code) ||
    code === "budget.exhausted" ||
    code === "approval.timeout" ||
    cannotAskModel(code)
  );
}

/**
 * No model can be asked now, and that says nothing about the task: a person has to do something about it (give a key,
 * open a window, mend the settings), or its endpoint is out of reach and trying again for a while was no use.
 */
export function cannotAskModel(code: string): boolean {
  return modelCodes.has(code);
}

const modelCodes = new Set([
  "config.invalid",
  "model.noKey",
  "model.noPermission",
  "model.noWindow",
  "model.overloaded",
  "model.quota",
  "model.rateLimited",
  "model.serverError",
  "model.unauthorized",
  "model.unknownEndpoint",
  "model.unreachable",
]);

/** The disk or the journal takes nothing. An entry that does not fit would not fit a second time: that is none. */
export function isStorageFailure(code: string): boolean {
  if (code === "journal.invalid" || code === "journal.tooLarge") return false;
  return code === "disk.full" || code.startsWith("journal.");
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
  "model.cut",
  "result.invalid",
  "task.limit",
]);

export function codeOf(error: unknown): string {
  return isHostError(error) ? error.code : "agent.failed";
}
