import { HostError } from "../core/host-error.ts";
import type { Actor } from "../protocol/journal.ts";
import { missingGates } from "../rules/advance.ts";
import type { ApplyPlan } from "../workspace/run-trees.ts";
import type { ModelWork, RunSetup } from "./run-setup.ts";

const host: Actor = { kind: "system", id: "host", role: "host" };
/** Name of the effect that changes the workspace. */
export const applyTool = "apply_changes";

/**
 * Puts a run's change into the workspace: only the tree that every gate before has passed, and only where the person's
 * own files are still what they were. A plan that was interrupted is finished, not made anew.
 */
export class Delivery {
  private readonly setup: RunSetup;
  private readonly work: ModelWork;

  constructor(setup: RunSetup, work: ModelWork) {
    this.setup = setup;
    this.work = work;
  }

  /**
   * Does nothing in a run that changed nothing, or whose change is applied already.
   *
   * @throws HostError `delivery.notPassed` when a gate lacks a record for this tree, `apply.conflict` when files
   * changed meanwhile.
   */
  async apply(signal: AbortSignal): Promise<void> {
    const { log, clock } = this.setup;
    const { tree } = log.state;
    // Work that came back after it was applied stands in the workspace already.
    const base = log.state.appliedTree ?? log.state.baseTree;
    if (base === null || tree === null || base === tree) return;
    const missing = missingGates(log.state, "delivery");
    if (missing.length > 0) {
      throw new HostError("delivery.notPassed", `No passing record of ${missing.join(", ")} for this tree`);
    }
    const effectId = `e-apply-${tree.slice(0, 16)}`;
    const plan = (await this.openPlan(effectId)) ?? (await this.newPlan(effectId, { base, tree }, signal));
    const startedAt = clock.monotonicMs();
    signal.throwIfAborted();
    // Once begun it is finished: a run that is cancelled halfway must not leave half of its change behind.
    await this.work.trees.apply(plan, new AbortController().signal);
    const text = `${plan.steps.length} files applied`;
    const result = await log.keep(JSON.stringify({ toolCallId: effectId, text, isError: false }));
    const durationMs = Math.round(clock.monotonicMs() - startedAt);
    const preimages = await log.keep(JSON.stringify(plan));
    await log.record([
      {
        type: "effect.completed",
        actor: host,
        data: { effectId, tool: applyTool, result, isError: false, durationMs },
      },
      {
        type: "changeset.applied",
        actor: host,
        data: { changeSetId: `c-${log.runId.slice(2)}`, tree, fileCount: plan.steps.length, preimages },
      },
    ]);
  }

  private async openPlan(effectId: string): Promise<ApplyPlan | null> {
    const { log } = this.setup;
    const effect = log.state.effects[effectId];
    if (effect === undefined) return null;
    // Written by this program before the host ended; every file is compared again before it is replaced.
    return JSON.parse(await log.recall(effect.detail)) as ApplyPlan;
  }

  private async newPlan(
    effectId: string,
    given: { base: string; tree: string },
    signal: AbortSignal,
  ): Promise<ApplyPlan> {
    const { log } = this.setup;
    const { plan, conflicts } = await this.work.trees.planApply(given, signal);
    const [first] = conflicts;
    if (first !== undefined) {
      const named = conflicts.slice(0, 5).map(({ path, reason }) => `${path}: ${reason}`);
      throw new HostError("apply.conflict", `The change cannot be applied: ${named.join("; ")}`, {
        hint: "Put these files back to what they were when the run began, then resume the run",
      });
    }
    const detail = await log.keep(JSON.stringify(plan));
    const data = { effectId, tool: applyTool, detail, check: { kind: "repeatable" as const } };
    await log.record([{ type: "effect.intended", actor: host, data }]);
    return plan;
  }
}
