import { isHostError } from "../core/host-error.ts";
import type { Actor } from "../protocol/journal.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { ApplyPlan, RunTrees } from "../workspace/run-trees.ts";
import type { RunLog } from "./run-log.ts";

const host: Actor = { kind: "system", id: "host", role: "host" };

/** Names of the effects that change the workspace. */
export const writeTools = { apply: "apply_changes", undo: "undo_changes" } as const;

const toolNames: ReadonlySet<string> = new Set(Object.values(writeTools));

/** Whether applying the run's change, or undoing it, began and did not end. */
export function isHalfApplied({ effects }: Pick<RunState, "effects">): boolean {
  return Object.values(effects).some(({ tool }) => toolNames.has(tool));
}

/**
 * Puts the workspace back to what it was where a host ended, or a conflict stopped it, while a change was applied or
 * undone: for what nobody goes on with. Files that a person changed meanwhile stay as they are.
 */
export async function takeBack(log: RunLog, { trees }: { readonly trees: RunTrees }): Promise<void> {
  const { signal } = new AbortController();
  for (const { effectId, tool, detail } of Object.values(log.state.effects)) {
    if (!toolNames.has(tool)) continue;
    const begun = JSON.parse(await log.recall(detail)) as ApplyPlan;
    await finish(begun, trees, signal);
    const { plan, conflicts } = await trees.planUndo([begun], signal);
    const left = new Set(conflicts.map(({ path }) => path));
    await trees.apply({ ...plan, steps: plan.steps.filter(({ path }) => !left.has(path)) }, signal);
    const text = `taken back; ${left.size} files were changed meanwhile and stay`;
    const result = await log.keep(JSON.stringify({ toolCallId: effectId, text, isError: true }));
    const data = { effectId, tool, result, isError: true, durationMs: 0 };
    await log.record([{ type: "effect.completed", actor: host, outcome: "failed", data }]);
  }
}

/** Finished first: only so the file goes that was being written when the host ended. */
async function finish(plan: ApplyPlan, trees: RunTrees, signal: AbortSignal): Promise<void> {
  try {
    await trees.apply(plan, signal);
  } catch (error) {
    // As far as it goes: what a person changed meanwhile stays.
    if (!isHostError(error) || error.code !== "apply.conflict") throw error;
  }
}
