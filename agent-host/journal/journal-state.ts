import { HostError } from "../core/host-error.ts";

/**
 * Whether a journal takes entries.
 *
 * open ⇄ read-only (full): the disk is full; the next append tries again.
 * open → read-only (write-failed): a write or fsync failed; nothing is retried, a new host must take over.
 * open → fenced: a newer host created the next segment; this one never writes again.
 * any → closed.
 */
export type JournalState =
  | { kind: "open" }
  | { kind: "read-only"; reason: "full" | "write-failed"; message: string }
  | { kind: "fenced" }
  | { kind: "closed" };

/** True where no append can ever succeed again. */
export function isFinal(state: JournalState): boolean {
  return state.kind !== "open" && !(state.kind === "read-only" && state.reason === "full");
}

/** What an append gets in a state that takes none. */
export function refusal(state: JournalState): HostError {
  switch (state.kind) {
    case "fenced":
      return new HostError("journal.fenced", "Another host has taken over this workspace's journal", {
        hint: "Connect to that host",
      });
    case "closed":
      return new HostError("journal.closed", "The journal is closed");
    case "read-only":
      return state.reason === "full"
        ? new HostError("journal.full", state.message, {
            hint: "Free some space; work goes on by itself then",
          })
        : new HostError("journal.writeFailed", state.message, {
            hint: "Check the disk, run `agent-team audit verify`, then restart the host",
          });
    case "open":
      return new HostError("journal.writeFailed", "The entry was not written");
  }
}
