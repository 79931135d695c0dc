import { isFullDisk } from "../core/durable-file.ts";
import { HostError, isHostError } from "../core/host-error.ts";
import type { EventData } from "../protocol/events.ts";
import { cannotAskModel, failureWords, isStorageFailure } from "./task-failure.ts";

export type PauseCause = NonNullable<EventData<"run.paused">["cause"]>;

/** Why a run stops without an end of its own. */
export type RunStop =
  | { readonly kind: "cancel"; readonly reason: string }
  | {
      readonly kind: "pause";
      readonly reason: string;
      readonly cause: PauseCause;
      /** The reason where it is a person's words or names files, which the journal does not hold. */
      readonly words?: string;
    };

/** Aborts a run's signal so that it pauses. */
export function pauseBy(cause: "asked" | "host", reason: string): HostError {
  return new HostError(cause === "asked" ? "run.paused" : "run.pausedByHost", reason);
}

export function cancelBy(reason: string): HostError {
  return new HostError("run.cancelled", reason);
}

/** What the abort of a run's signal means. */
export function stopOf(signal: AbortSignal): RunStop {
  const reason: unknown = signal.reason;
  const words = isHostError(reason) ? reason.message : "stopped";
  if (!isHostError(reason) || reason.code === "run.cancelled") return { kind: "cancel", reason: words };
  if (reason.code !== "run.paused") return { kind: "pause", reason: words, cause: "host" };
  return { kind: "pause", reason: "paused by the user", cause: "asked", words };
}

/** The pause that a failure means; null for one that ends the run. */
export function pauseAfter(error: unknown): (RunStop & { kind: "pause" }) | null {
  if (!isHostError(error)) return null;
  if (cannotAskModel(error.code)) {
    const words = failureWords(error);
    return { kind: "pause", reason: "A model cannot be asked now", cause: "model", words };
  }
  const cause = causes[error.code];
  if (cause === undefined) return null;
  if (cause !== "conflict") return { kind: "pause", reason: error.message.slice(0, 500), cause };
  return { kind: "pause", reason: "The change cannot be applied", cause, words: error.message };
}

const causes: Readonly<Record<string, PauseCause>> = {
  "budget.exhausted": "budget",
  "approval.timeout": "approval",
  "apply.conflict": "conflict",
  "apply.dirty": "conflict",
};

/** Set when the disk or the journal takes nothing: a state of the machine, not of the run. */
export function storageProblem(error: unknown): HostError | null {
  const hint = { hint: "Make room, then go on with 'agent-team runs resume <run>'", cause: error };
  if (isFullDisk(error)) return new HostError("disk.full", "There is no space left on the disk", hint);
  return isHostError(error) && isStorageFailure(error.code) ? error : null;
}
