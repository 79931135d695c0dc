import { messageOf } from "../core/host-error.ts";
import { createBlobStore } from "../journal/blob-store.ts";
import { type ChangedFile, changedFileSchema } from "../protocol/change-set.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { InboxItem } from "./inbox.ts";
import type { GateBackground } from "./inbox-text.ts";

/** Reads what stands behind a gate from the run's blobs: changed files and the output of its commands. */
export async function gateBackground(
  entry: InboxItem,
  given: { run: RunState | null; stateFolder: string },
  signal: AbortSignal,
): Promise<GateBackground> {
  const { run, stateFolder } = given;
  if (entry.kind !== "gate" || run === null) return { changes: [], outputs: [] };
  const blobs = createBlobStore({ directory: stateFolder });
  const textOf = async (name: string): Promise<string> =>
    (await blobs.get(run.runId, name, signal)).toString("utf8");
  const changes = Object.values(run.changeSets).map(async (each) => ({
    ...each,
    files: await textOf(each.files).then(filesIn, () => null),
  }));
  const outputs = entry.item.subject.evidence.flatMap((evidence) =>
    evidence.detail === undefined || evidence.criterion.kind !== "commandPasses"
      ? []
      : [outputOf(`command '${evidence.criterion.command}'`, textOf(evidence.detail.blob))],
  );
  return { changes: await Promise.all(changes), outputs: await Promise.all(outputs) };
}

function filesIn(text: string): ChangedFile[] | null {
  return changedFileSchema.array().safeParse(JSON.parse(text)).data ?? null;
}

async function outputOf(of: string, text: Promise<string>): Promise<{ of: string; text: string }> {
  // Whoever decides must see that the output is missing, not a gate without one.
  return { of, text: await text.catch((error: unknown) => `cannot be read: ${messageOf(error)}`) };
}
