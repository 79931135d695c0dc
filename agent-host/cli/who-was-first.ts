import type { HostConnection } from "../client/host-connection.ts";
import { HostError } from "../core/host-error.ts";
import { typedEntry } from "../protocol/events.ts";
import type { RunId, WorkspaceId } from "../protocol/ids.ts";
import type { Entry } from "../protocol/journal.ts";

interface Question {
  readonly workspaceId: WorkspaceId;
  /** As it was typed: an id, or `RUN/ID`. */
  readonly id: string;
  readonly runId?: RunId;
}

const maxEntries = 1_000;

/** Who answered this gate or approval already, in words; null where the newest decisions do not tell. */
export async function whoWasFirst(
  connection: HostConnection,
  question: Question,
  signal: AbortSignal,
): Promise<string | null> {
  const [first = "", second] = question.id.split("/");
  const id = second ?? first;
  const runId = second === undefined ? question.runId : first;
  const type = id.startsWith("g-") ? "gate.decided" : "approval.decided";
  const of = runId === undefined ? {} : { runId };
  const query = { workspaceId: question.workspaceId, type, limit: maxEntries, ...of };
  const { entries } = await connection.request("audit/query", query, signal);
  for (const { entry } of entries) {
    const words = decisionWords(entry, id);
    if (words !== null) return words;
  }
  return null;
}

/** @throws HostError `decision.tooLate` where somebody answered it already; else does nothing. */
export async function refuseDecided(
  connection: HostConnection,
  question: Question,
  signal: AbortSignal,
): Promise<void> {
  const words = await whoWasFirst(connection, question, signal);
  if (words === null) return;
  throw new HostError("decision.tooLate", `${question.id} was answered already: ${words}`, {
    hint: "The first valid decision counts. See what waits now with 'agent-team gates list'",
  });
}

function decisionWords(entry: Entry, id: string): string | null {
  const typed = typedEntry(entry);
  if (typed?.type === "gate.decided" && typed.data.gateId === id) {
    return `${typed.data.decision} by ${by(entry, typed.data.keyId)}`;
  }
  if (typed?.type === "approval.decided" && typed.data.approvalId === id) {
    const verb = typed.data.answer === "approve" ? "approved" : "rejected";
    return `${verb} by ${typed.data.by === "person" ? by(entry, typed.data.keyId) : typed.data.by}`;
  }
  return null;
}

function by({ actor, seq }: Entry, keyId: string | undefined): string {
  return `${actor.id}${keyId === undefined ? "" : ` with key ${keyId}`} (entry ${seq})`;
}
