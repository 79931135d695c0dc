import type { EffectiveRules } from "../config/effective-rules.ts";
import { HostError } from "../core/host-error.ts";
import type { Actor } from "../protocol/journal.ts";
import { type PinnedRun, pinnedRunSchema } from "../protocol/pinned-run.ts";
import type { Rules } from "../protocol/rules.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { Sandbox } from "../security/sandbox.ts";
import type { RunTrees } from "../workspace/run-trees.ts";
import type { TreeNote } from "../workspace/tree-notes.ts";
import type { RunLog } from "./run-log.ts";

export interface PreparationOptions {
  readonly log: RunLog;
  /** null in a run without a model. */
  readonly work: { readonly trees: RunTrees; readonly sandbox: Sandbox } | null;
  rules(signal: AbortSignal): Promise<EffectiveRules>;
  /** The workspace's own commands, by name. */
  detectCommands(rules: Rules, signal: AbortSignal): Promise<Readonly<Record<string, readonly string[]>>>;
}

/** Journal, report and window say how its commands are kept apart: that must not become less without a word. */
function refuseLess(promised: RunState["assurance"], work: PreparationOptions["work"]): void {
  if (promised !== "sandboxed" || work === null || work.sandbox.assurance === "sandboxed") return;
  throw new HostError(
    "sandbox.lost",
    `The run began in a sandbox that is not there any more: ${work.sandbox.description}`,
    { hint: "Mend that, then go on with 'agent-team runs resume'; or cancel the run and start it again" },
  );
}

function noteText({ path, reason }: TreeNote): string {
  return path === "" ? reason : `${path}: ${reason}`;
}

export interface Prepared {
  readonly pinned: PinnedRun;
  readonly rulesChecksum: string;
}

const leader: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };

/**
 * Pins a run to what it will be judged by, once: rules, scope, budget, commands, and the workspace as it is. A run
 * that goes on finds all of it in its journal.
 *
 * @throws HostError `run.olderRelease`; `sandbox.lost` where a run that goes on had a sandbox and there is none now.
 */
export async function prepareRun(options: PreparationOptions, signal: AbortSignal): Promise<Prepared> {
  const { log } = options;
  if (log.state.pinned !== null && log.state.rulesChecksum !== null) {
    refuseLess(log.state.assurance, options.work);
    const pinned = pinnedRunSchema.parse(JSON.parse(await log.recall(log.state.pinned)));
    return { pinned, rulesChecksum: log.state.rulesChecksum };
  }
  if (log.state.phases.length > 0) {
    throw new HostError("run.olderRelease", `${log.runId} was begun by an older release`, {
      hint: "Cancel it and start it again",
    });
  }
  const { rules, checksum } = await options.rules(signal);
  const found = await options.detectCommands(rules, signal);
  const commands = Object.fromEntries(
    Object.entries({ ...found, ...rules.commands }).map(([name, argv]) => [name, [...argv]]),
  );
  const pinned: PinnedRun = { rules, scope: rules.scope, budget: log.state.budget.limits, commands };
  const work = options.work;
  const trees = work === null ? {} : { baseTree: await work.trees.snapshot(signal) };
  const left = work?.trees.notes().map(noteText) ?? [];
  const notes = left.length === 0 ? {} : { notes: await log.keep(left.join("\n")) };
  const assurance = work === null ? {} : { assurance: work.sandbox.assurance };
  const data = {
    phases: [...rules.profiles[log.state.profile]],
    rulesChecksum: checksum,
    pinned: await log.keep(JSON.stringify(pinned)),
    ...assurance,
    ...trees,
    ...notes,
  };
  await log.record([{ type: "run.started", actor: leader, data }]);
  return { pinned, rulesChecksum: checksum };
}
