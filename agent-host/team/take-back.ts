import { isHostError } from "../core/host-error.ts";
import type { Actor } from "../protocol/journal.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { ApplyPlan } from "../workspace/run-trees.ts";
import { applyTool } from "./delivery.ts";
import type { RunLog } from "./run-log.ts";
import type { ModelWork } from "./run-setup.ts";

const host: Actor = { kind: "system", id: "host", role: "host" };

/** Whether applying the run's change began and did not end. */
export function isHalfApplied({ effects }: Pick<RunState, "effects">): boolean {
  return Object.values(effects).some(({ tool }) => tool === applyTool);
}

/**
 * Puts the workspace back to what it was where a host ended, or a conflict stopped it, while a change was applied: for
 * a run that will not go on. Files that a person changed meanwhile stay as they are.
 */
export async function takeBack(log: RunLog, { trees }: Pick<ModelWork, "trees">): Promise<void> {
  const { signal } = new AbortController();
  for (const { effectId, tool, detail } of Object.values(log.state.effects)) {
    if (tool !== applyTool) continue;
    const begun = JSON.parse(await log.recall(detail)) as ApplyPlan;
    await finish(begun, trees, signal);
    const { base, tree } = begun;
    const { plan, conflicts } = await trees.planApply({ base: tree, tree: base }, signal);
    const left = new Set(conflicts.map(({ path }) => path));
    await trees.apply({ ...plan, steps: plan.steps.filter(({ path }) => !left.has(path)) }, signal);
    const text = `taken back; ${left.size} files were changed meanwhile and stay`;
    const result = await log.keep(JSON.stringify({ toolCallId: effectId, text, isError: true }));
    const data = { effectId, tool, result, isError: true, durationMs: 0 };
    await log.record([{ type: "effect.completed", actor: host, outcome: "failed", data }]);
  }
}

/** Finished first: only so the file goes that was being written when the host ended. */
async function finish(plan: ApplyPlan, trees: ModelWork["trees"], signal: AbortSignal): Promise<void> {
  try {
    await trees.apply(plan, signal);
  } catch (error) {
    // As far as it goes: what a person changed meanwhile stays.
    if (!isHostError(error) || error.code !== "apply.conflict") throw error;
  }
}
