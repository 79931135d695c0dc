import type { HostConnection } from "../client/host-connection.ts";
import { messageOf } from "../core/host-error.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { InboxItem } from "./inbox.ts";
import type { GateBackground } from "./inbox-text.ts";

const maxDiffBytes = 2_000_000;

/** Asks for what stands behind a gate: the difference to be applied, and the output of its commands. */
export async function gateBackground(
  entry: InboxItem,
  given: { run: RunState | null; connection: HostConnection },
  signal: AbortSignal,
): Promise<GateBackground> {
  const { run, connection } = given;
  if (entry.kind !== "gate" || run === null) return { files: [], diff: "", outputs: [] };
  const { workspaceId } = connection.host;
  const { runId } = run;
  const isChanged = run.tree !== null && run.tree !== run.baseTree;
  const changed = isChanged
    ? await connection.request("change/diff", { workspaceId, runId, maxBytes: maxDiffBytes }, signal)
    : { files: [], diff: "" };
  const textOf = async (blob: string): Promise<string> => {
    const { text, isCut } = await connection.request("text/read", { workspaceId, runId, blob }, signal);
    return isCut ? `${text}\n(the rest is left out)` : text;
  };
  const outputs = entry.item.subject.evidence.flatMap((evidence) =>
    evidence.detail === undefined || evidence.criterion.kind !== "commandPasses"
      ? []
      : [outputOf(`command '${evidence.criterion.command}'`, textOf(evidence.detail.blob))],
  );
  return { ...changed, outputs: await Promise.all(outputs) };
}

async function outputOf(of: string, text: Promise<string>): Promise<{ of: string; text: string }> {
  // Whoever decides must see that the output is missing, not a gate without one.
  return { of, text: await text.catch((error: unknown) => `cannot be read: ${messageOf(error)}`) };
}
