import { HostError } from "../core/host-error.ts";
import { missingGates } from "../rules/advance.ts";
import { ChangeWriter, type DirtyPaths, noEditors } from "./change-writer.ts";
import type { ModelWork, RunSetup } from "./run-setup.ts";

/**
 * Puts a run's change into the workspace: only the tree that every gate before has passed, and only where the person's
 * own files are still what they were.
 */
export class Delivery {
  private readonly setup: RunSetup;
  private readonly writer: ChangeWriter;

  constructor(setup: RunSetup, { trees }: Pick<ModelWork, "trees">, dirtyPaths: DirtyPaths = noEditors) {
    this.setup = setup;
    const { log, clock } = setup;
    this.writer = new ChangeWriter({ log, trees, clock, dirtyPaths });
  }

  /**
   * Does nothing in a run that changed nothing, or whose change is applied already.
   *
   * @throws HostError `delivery.notPassed` when a gate lacks a record for this tree, `apply.conflict` when files
   * changed meanwhile, `apply.dirty` when an editor holds changes of them.
   */
  async apply(signal: AbortSignal): Promise<void> {
    const { state } = this.setup.log;
    const { tree } = state;
    // Work that came back after it was applied stands in the workspace already.
    const base = state.appliedTree ?? state.baseTree;
    if (base === null || tree === null || base === tree) return;
    const missing = missingGates(state, "delivery");
    if (missing.length > 0) {
      throw new HostError("delivery.notPassed", `No passing record of ${missing.join(", ")} for this tree`);
    }
    await this.writer.apply({ base, tree }, signal);
  }
}
