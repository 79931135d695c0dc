import { blobRefsIn } from "../../agent-host/protocol/blob.ts";
import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import type { DeliveredEntry } from "../../agent-host/protocol/methods.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WaitingItem } from "../inbox/waiting-item.ts";
import { type GateChanges, workOf } from "./review-model.ts";

const maxEntries = 1_000;
/** More than a person reads in a tab; the rest is named by its files. */
const maxDiffBytes = 300_000;
const maxLongTexts = 20;

type Session = Pick<FolderSession, "request">;

/** What a person needs beside a gate: the difference itself, what the phase handed back, outputs of commands. */
export async function gateChanges(
  session: Session,
  item: Extract<WaitingItem, { kind: "gate" }>,
  run: RunState,
  signal: AbortSignal,
): Promise<GateChanges> {
  const { runId, phase, gateId } = item.gate.subject;
  const ask = async (type: string, limit: number): Promise<DeliveredEntry[]> =>
    (await session.request("audit/query", { runId, type, limit }, signal)).entries;
  const finished = await ask("task.finished", maxEntries);
  const evaluated = await ask("gate.evaluated", 50);
  const own = evaluated.find(({ entry }) => entry.data.phase === phase && entry.data.gateId === gateId);
  return {
    ...(await differenceOf(session, run, signal)),
    work: workOf(run, phase, finished),
    details: own === undefined ? {} : await wholeTexts(session, runId, own, signal),
  };
}

async function differenceOf(
  session: Session,
  { runId, baseTree, tree }: RunState,
  signal: AbortSignal,
): Promise<{ files: readonly ChangedFile[] | null; diff: string }> {
  if (tree === null || tree === baseTree) return { files: [], diff: "" };
  return await session.request("change/diff", { runId, maxBytes: maxDiffBytes }, signal);
}

/** Longer texts do not come with their entry. */
async function wholeTexts(
  session: Session,
  runId: string,
  { entry, texts }: DeliveredEntry,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const whole = { ...texts };
  const missing = blobRefsIn(entry.data).filter(({ blob }) => whole[blob] === undefined);
  for (const { blob } of missing.slice(0, maxLongTexts)) {
    whole[blob] = (await session.request("text/read", { runId, blob }, signal)).text;
  }
  return whole;
}
