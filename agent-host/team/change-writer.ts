import type { Clock } from "../core/clock.ts";
import { isHostError } from "../core/host-error.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { ApplyConflict, ApplyPlan, RunTrees } from "../workspace/run-trees.ts";
import { conflictRefusal, dirtyRefusal, movedRefusal, type WriteKind } from "./change-refusals.ts";
import type { RunLog } from "./run-log.ts";
import { takeBack, writeTools } from "./take-back.ts";

/** Which of these workspace-relative paths are open in an editor with changes that are not saved. */
export type DirtyPaths = (paths: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;

export const noEditors: DirtyPaths = async () => [];

export interface ChangeWriterOptions {
  readonly log: RunLog;
  readonly trees: RunTrees;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly dirtyPaths: DirtyPaths;
}

/** What was written: how many files, and the entry that says so. */
export interface Written {
  readonly files: number;
  readonly seq: number;
}

const host: Actor = { kind: "system", id: "host", role: "host" };
const maxPathsAsked = 10_000;

/**
 * The one place that changes the workspace for a run: with an intent before and a result after, only where the
 * person's own files are what they must be, and as a whole. What a host's end cut short is finished by its first plan.
 */
export class ChangeWriter {
  private readonly options: ChangeWriterOptions;

  constructor(options: ChangeWriterOptions) {
    this.options = options;
  }

  /**
   * Makes the workspace's files of `base` those of `tree`.
   *
   * @throws HostError `apply.conflict`, `apply.dirty`; then nothing was done. `apply.conflict` also where a file is
   * changed in the middle: the plan stays open, to be finished or taken back.
   */
  async apply(
    { base, tree, actor = host }: { base: string; tree: string; actor?: Actor },
    signal: AbortSignal,
  ): Promise<Written> {
    const open = await this.openPlan("apply");
    // It was begun for a change that was cut down or added to meanwhile.
    if (open !== null && open.tree !== tree) await takeBack(this.options.log, this.options);
    else if (open !== null) return await this.carryOut("apply", open, actor);
    const made = await this.options.trees.planApply({ base, tree }, signal);
    return await this.begin("apply", { ...made, actor }, signal);
  }

  /**
   * Takes back all that stands applied, to the tree the run began with.
   *
   * @throws HostError `change.conflict`, `change.dirty`; then nothing was done, or what was begun is as before.
   */
  async undo(actor: Actor, signal: AbortSignal): Promise<Written> {
    const applied = await this.appliedPlans();
    const made = await this.options.trees.planUndo(applied, signal);
    return await this.begin("undo", { ...made, actor }, signal);
  }

  /** Finishes what a host's end cut short, or takes it back where the person changed a file meanwhile. */
  async settle(): Promise<{ kind: WriteKind; written: Written } | null> {
    for (const kind of ["apply", "undo"] as const) {
      const open = await this.openPlan(kind);
      if (open !== null) return { kind, written: await this.wholeOrNot(kind, open, host) };
    }
    return null;
  }

  /** As `apply`, for a run that nobody goes on with: what cannot be finished is taken back at once. */
  async applyWhole(
    given: { base: string; tree: string; actor: Actor },
    signal: AbortSignal,
  ): Promise<Written> {
    try {
      return await this.apply(given, signal);
    } catch (error) {
      return await this.afterConflict("apply", error);
    }
  }

  private async wholeOrNot(kind: WriteKind, plan: ApplyPlan, actor: Actor): Promise<Written> {
    try {
      return await this.carryOut(kind, plan, actor);
    } catch (error) {
      return await this.afterConflict(kind, error);
    }
  }

  private async afterConflict(kind: WriteKind, error: unknown): Promise<never> {
    if (!isHostError(error) || error.code !== "apply.conflict") throw error;
    await takeBack(this.options.log, this.options);
    throw movedRefusal(kind, error);
  }

  private async begin(
    kind: WriteKind,
    given: { plan: ApplyPlan; conflicts: readonly ApplyConflict[]; actor: Actor },
    signal: AbortSignal,
  ): Promise<Written> {
    const { log } = this.options;
    const { plan, conflicts, actor } = given;
    if (conflicts.length > 0) throw conflictRefusal(kind, conflicts);
    await this.refuseDirty(kind, plan, signal);
    const tool = writeTools[kind];
    const data = {
      effectId: effectIdOf(kind, plan),
      tool,
      detail: await log.keep(JSON.stringify(plan)),
      check: { kind: "repeatable" as const },
    };
    signal.throwIfAborted();
    await log.record([{ type: "effect.intended", actor: host, data }]);
    return kind === "undo"
      ? await this.wholeOrNot(kind, plan, actor)
      : await this.carryOut(kind, plan, actor);
  }

  private async refuseDirty(kind: WriteKind, plan: ApplyPlan, signal: AbortSignal): Promise<void> {
    const paths = plan.steps.map(({ path }) => path);
    const dirty: string[] = [];
    for (let start = 0; start < paths.length; start += maxPathsAsked)
      dirty.push(...(await this.options.dirtyPaths(paths.slice(start, start + maxPathsAsked), signal)));
    if (dirty.length > 0) throw dirtyRefusal(kind, dirty);
  }

  private async carryOut(kind: WriteKind, plan: ApplyPlan, actor: Actor): Promise<Written> {
    const { log, trees, clock } = this.options;
    const startedAt = clock.monotonicMs();
    // Once begun it is finished: whoever gives up halfway must not leave half of a change behind.
    await trees.apply(plan, new AbortController().signal);
    const files = plan.steps.length;
    const [effectId, tool] = [effectIdOf(kind, plan), writeTools[kind]];
    const text = `${files} files ${kind === "apply" ? "applied" : "taken back"}`;
    const result = await log.keep(JSON.stringify({ toolCallId: effectId, text, isError: false }));
    const durationMs = Math.round(clock.monotonicMs() - startedAt);
    const completed = { effectId, tool, result, isError: false, durationMs };
    const entries = await log.record([
      { type: "effect.completed", actor: host, data: completed },
      await this.outcome(kind, plan, actor),
    ]);
    return { files, seq: entries.at(-1)?.seq ?? 0 };
  }

  private async outcome(kind: WriteKind, plan: ApplyPlan, actor: Actor): Promise<EventDraft> {
    const { log } = this.options;
    const changeSetId = `c-${log.runId.slice(2)}`;
    const data = { changeSetId, tree: plan.tree, fileCount: plan.steps.length };
    if (kind === "undo") return { type: "changeset.undone", actor, data };
    const preimages = await log.keep(JSON.stringify(plan));
    return { type: "changeset.applied", actor, data: { ...data, preimages } };
  }

  private async openPlan(kind: WriteKind): Promise<ApplyPlan | null> {
    const { log } = this.options;
    const open = Object.values(log.state.effects).find(({ tool }) => tool === writeTools[kind]);
    // Written by this program before the host ended; every file is compared again before it is replaced.
    return open === undefined ? null : planIn(await log.recall(open.detail));
  }

  private async appliedPlans(): Promise<ApplyPlan[]> {
    const { log } = this.options;
    return await Promise.all(log.state.preimages.map(async (name) => planIn(await log.recall(name))));
  }
}

function planIn(text: string): ApplyPlan {
  return JSON.parse(text) as ApplyPlan;
}

function effectIdOf(kind: WriteKind, { base, tree }: ApplyPlan): string {
  return kind === "apply" ? `e-apply-${tree.slice(0, 16)}` : `e-undo-${base.slice(0, 16)}`;
}
