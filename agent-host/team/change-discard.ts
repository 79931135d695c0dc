import { HostError } from "../core/host-error.ts";
import type { Discard } from "../protocol/change-set.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { RunTrees } from "../workspace/run-trees.ts";
import { changeOf } from "./change-reader.ts";
import { noChange } from "./change-refusals.ts";
import type { RunLog } from "./run-log.ts";
import { isHalfApplied } from "./take-back.ts";

const host: Actor = { kind: "system", id: "host", role: "host" };

/**
 * Leaves parts out of a change that is not applied: a new tree takes the place of the present one, and what was passed
 * for that counts no more.
 *
 * @throws HostError `run.ended`, `change.none`, `change.applied`, `change.stale`, and what `RunTrees.leaveOut` throws.
 */
export async function discardParts(
  { log, trees }: { log: RunLog; trees: RunTrees },
  given: { tree: string; parts: readonly Discard[]; actor: Actor },
  signal: AbortSignal,
): Promise<{ seq: number; tree: string }> {
  const { base } = openChange(log.state, given.tree);
  const tree = await trees.leaveOut({ base, tree: given.tree, parts: given.parts }, signal);
  const drafts = await entriesOf({ log, trees }, { ...given, result: tree }, signal);
  // It may have been merged into, applied or decided meanwhile.
  openChange(log.state, given.tree);
  const entries = await log.record(drafts);
  return { seq: entries.at(-1)?.seq ?? 0, tree };
}

function openChange(state: RunState, expected: string): { base: string; tree: string } {
  const { runId, finishedAt } = state;
  if (finishedAt !== null) {
    throw new HostError("run.ended", `${runId} has ended: ${state.status}`, {
      hint: "What it changed stays as it is; an applied change can be undone as a whole",
    });
  }
  const change = changeOf(state);
  if (change === null) throw noChange(runId);
  if (state.appliedTree !== null || isHalfApplied(state)) {
    throw new HostError("change.applied", `The change of ${runId} stands in the workspace already`, {
      hint: "Undo it as a whole, or edit the files",
    });
  }
  if (change.tree !== expected) {
    throw new HostError("change.stale", `The change of ${runId} is not what it was when this was chosen`, {
      hint: "Look at it again",
    });
  }
  return change;
}

async function entriesOf(
  { log, trees }: { log: RunLog; trees: RunTrees },
  { tree, result, actor }: { tree: string; result: string; actor: Actor },
  signal: AbortSignal,
): Promise<EventDraft[]> {
  const files = await trees.changes(tree, result, signal);
  const changeSetId = `c-left-out-${result.slice(0, 16)}`;
  const data = {
    changeSetId,
    base: tree,
    result,
    files: await log.keep(JSON.stringify(files)),
    fileCount: files.length,
    added: files.reduce((sum, file) => sum + (file.added ?? 0), 0),
    removed: files.reduce((sum, file) => sum + (file.removed ?? 0), 0),
  };
  return [
    { type: "changeset.created", actor, data },
    { type: "changeset.merged", actor: host, data: { changeSetId, tree: result } },
  ];
}
