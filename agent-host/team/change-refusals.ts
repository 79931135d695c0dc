import { HostError } from "../core/host-error.ts";
import type { ApplyConflict } from "../workspace/run-trees.ts";

// Why a change is not applied, taken back or cut down.

/** Putting a change into the workspace, or taking it back. */
export type WriteKind = "apply" | "undo";

export function noChange(runId: string): HostError {
  return new HostError("change.none", `${runId} changes nothing`, {
    hint: "See 'agent-team changes list' for the runs that do",
  });
}

export function conflictRefusal(kind: WriteKind, conflicts: readonly ApplyConflict[]): HostError {
  const named = conflicts.slice(0, 5).map(({ path, reason }) => `${path}: ${reason}`);
  const more = conflicts.length > named.length ? `; and ${conflicts.length - named.length} more` : "";
  const words = `${named.join("; ")}${more}`;
  return kind === "apply"
    ? new HostError("apply.conflict", `The change cannot be applied: ${words}`, {
        hint: "Put these files back to what they were when the run began, then go on or apply it again",
      })
    : new HostError("change.conflict", `The change cannot be taken back: ${words}`, {
        hint: "Nothing was done. Put these files back to what the run made of them, then undo again",
      });
}

export function dirtyRefusal(kind: WriteKind, dirty: readonly string[]): HostError {
  const named = dirty.slice(0, 5).join(", ");
  const more = dirty.length > 5 ? ` and ${dirty.length - 5} more` : "";
  const [code, verb] = kind === "apply" ? ["apply.dirty", "applied"] : ["change.dirty", "taken back"];
  return new HostError(
    code,
    `The change cannot be ${verb}: ${named}${more} ${dirty.length === 1 ? "is" : "are"} open with unsaved changes`,
    { hint: `Save or revert ${dirty.length === 1 ? "it" : "them"} in the editor, then try again` },
  );
}

export function notEnded(runId: string): HostError {
  return new HostError("run.notEnded", `${runId} has not ended`, {
    hint: "Let it go on with 'agent-team runs resume', or cancel it first",
  });
}

/** A file changed while the change was being written. */
export function movedRefusal(kind: WriteKind, cause: HostError): HostError {
  const code = kind === "apply" ? "apply.conflict" : "change.conflict";
  return new HostError(code, `${cause.message}; what was begun is as it was before`, {
    hint: "Look at this file, then try again",
    cause,
  });
}
