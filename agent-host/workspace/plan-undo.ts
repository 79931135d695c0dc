import { HostError } from "../core/host-error.ts";
import { planApply } from "./plan-apply.ts";
import type { ApplyConflict, ApplyPlan, FolderState } from "./run-trees.ts";
import type { ShadowRepository } from "./shadow-repository.ts";

/**
 * Plans the way back from what `applied` did, oldest first, to what was before all of it. Where several of them
 * touched the same file or folder, the first one saw how it was.
 */
export async function planUndo(
  place: { shadow: ShadowRepository; root: string },
  applied: readonly ApplyPlan[],
  signal: AbortSignal,
): Promise<{ plan: ApplyPlan; conflicts: readonly ApplyConflict[] }> {
  const [first, last] = [applied[0], applied.at(-1)];
  if (first === undefined || last === undefined)
    throw new HostError("change.notApplied", "there is nothing to take back");
  const request = { base: last.tree, tree: first.base, isOwn: true };
  const { plan, conflicts } = await planApply(place, request, signal);
  const restores = { files: permissionsIn(applied, plan), folders: foldersIn(applied) };
  return {
    plan: { ...plan, restores },
    conflicts: conflicts.map((each) => ({ ...each, reason: afterApply(each.reason) })),
  };
}

function permissionsIn(applied: readonly ApplyPlan[], back: ApplyPlan): Record<string, number> {
  const seen = new Map<string, number | null>();
  for (const { path, permissions = null } of applied.flatMap(({ steps }) => steps))
    if (!seen.has(path)) seen.set(path, permissions);
  const wanted = new Set(back.steps.filter(({ after }) => after !== null).map(({ path }) => path));
  const found = [...seen].filter(([path, permissions]) => permissions !== null && wanted.has(path));
  return Object.fromEntries(found) as Record<string, number>;
}

function foldersIn(applied: readonly ApplyPlan[]): FolderState[] {
  const seen = new Map<string, FolderState>();
  for (const state of applied.flatMap(({ folders = [] }) => folders)) {
    const known = seen.get(state.path);
    if (known === undefined) seen.set(state.path, state);
    else if (state.permissions === null) seen.set(state.path, { ...known, isRemade: true });
  }
  return [...seen.values()];
}

function afterApply(reason: string): string {
  return reason.replace("since the run began", "since the change was applied");
}
