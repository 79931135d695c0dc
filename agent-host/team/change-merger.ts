import type { ChangeSet } from "../protocol/change-set.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { RunTrees } from "../workspace/run-trees.ts";
import type { ConflictTrees } from "./conflict-task.ts";
import type { RunLog } from "./run-log.ts";

const host: Actor = { kind: "system", id: "host", role: "host" };

/** Brings change sets together, one after the other: each is merged onto the tree that all before it made. */
export class ChangeMerger {
  readonly trees: RunTrees;
  private readonly log: RunLog;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(log: RunLog, trees: RunTrees) {
    this.log = log;
    this.trees = trees;
  }

  /**
   * Merges `changeSet` and journals that together with `after`, so that the work and its end are durable at once.
   *
   * @returns the files in conflict, if there are any; then nothing was journaled.
   */
  async merge(
    changeSet: ChangeSet,
    given: { actor: Actor; after: readonly EventDraft[] },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const merged = this.turn.then(() => this.mergeNow(changeSet, given, signal));
    this.turn = merged.catch(() => undefined);
    return await merged;
  }

  private async mergeNow(
    changeSet: ChangeSet,
    { actor, after }: { actor: Actor; after: readonly EventDraft[] },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { log, trees } = this;
    const { changeSetId, taskId, base } = changeSet;
    const outcome = await trees.merge(changeSet, log.state.tree ?? base, signal);
    if (outcome.kind === "conflict") return outcome.files;
    await log.record([
      await this.created(changeSet, actor),
      { type: "changeset.merged", taskId, actor: host, data: { changeSetId, tree: outcome.tree } },
      ...after,
    ]);
    return [];
  }

  /** What stands between a change set and the present tree: both sides in one tree, with conflict markers. */
  async withMarkers(
    changeSet: ChangeSet,
    signal: AbortSignal,
  ): Promise<ConflictTrees & { readonly files: readonly string[] }> {
    const onto = this.log.state.tree ?? changeSet.base;
    return { onto, ...(await this.trees.mergeWithMarkers(changeSet, onto, signal)) };
  }

  /** The entry of a change set that may not be merged yet. */
  async created(changeSet: ChangeSet, actor: Actor): Promise<EventDraft> {
    const { log } = this;
    const { changeSetId, taskId, base, result, files } = changeSet;
    const added = files.reduce((sum, file) => sum + (file.added ?? 0), 0);
    const removed = files.reduce((sum, file) => sum + (file.removed ?? 0), 0);
    const data = {
      changeSetId,
      base,
      result,
      files: await log.keep(JSON.stringify(files)),
      fileCount: files.length,
      added,
      removed,
    };
    return { type: "changeset.created", taskId, actor, data };
  }
}
