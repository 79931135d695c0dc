import type { DeliveredEntry } from "../../agent-host/protocol/methods.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WaitingItem } from "../inbox/waiting-item.ts";
import { filesOf, type GateChanges, workOf } from "./review-model.ts";

const maxEntries = 1_000;

/** What the journal says of a gate's files and outputs. Texts over 8 KiB do not come with their entries. */
export async function gateChanges(
  session: Pick<FolderSession, "request">,
  item: Extract<WaitingItem, { kind: "gate" }>,
  run: RunState,
  signal: AbortSignal,
): Promise<GateChanges> {
  const { runId, phase } = item.gate.subject;
  const ask = async (type: string, limit: number): Promise<DeliveredEntry[]> =>
    (await session.request("audit/query", { runId, type, limit }, signal)).entries;
  const created = await ask("changeset.created", maxEntries);
  const evaluated = await ask("gate.evaluated", 50);
  const finished = await ask("task.finished", maxEntries);
  const own = evaluated.find(
    ({ entry }) => entry.data.phase === phase && entry.data.gateId === item.gate.subject.gateId,
  );
  return {
    files: filesOf(run, created),
    work: workOf(run, phase, finished),
    diff: "",
    details: own?.texts ?? {},
  };
}
