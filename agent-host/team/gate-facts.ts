import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ChangedFile } from "../protocol/change-set.ts";
import type { SeverityCounts } from "../protocol/finding.ts";
import { countBySeverity } from "../protocol/finding.ts";
import type { Artifact, Criterion, Phase } from "../protocol/phase.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { CommandFact, GateFacts } from "../rules/gate.ts";
import { diffFacts, protectedChanges } from "../rules/protect.ts";
import type { RunSetup } from "./run-setup.ts";
import { setUpTree } from "./tree-setup.ts";

const commandLimitMs = 15 * 60_000;
const maxOutputBytes = 256 * 1_024;

/** Gathers what a gate looks at: from the run's state, the trees, and by running the commands its criteria name. */
export async function gatherFacts(
  setup: RunSetup,
  phase: Phase,
  criteria: readonly Criterion[],
  signal: AbortSignal,
): Promise<GateFacts> {
  const { state } = setup.log;
  const { rules, scope } = setup.pinned;
  const files = await changedFiles(setup, signal);
  const diff = diffFacts(files, { ...rules, scope });
  // What can never be applied must not get as far as the delivery.
  const outside = [...diff.outside, ...(await neverApplied(setup, files, signal))];
  return {
    phase,
    tasks: Object.values(state.tasksById).filter((task) => task.phase === phase),
    artifacts: await artifactsOf(setup, files),
    commands: await commandFacts(setup, phase, criteria, signal),
    findings: findingsOf(state, phase),
    diff: { ...diff, outside },
    protectedFiles: [...new Set([...protectedChanges(files, rules), ...diff.controlPlane])],
    budget: { limits: state.budget.limits, spent: state.budget.spent },
    scope,
  };
}

async function changedFiles({ log, work }: RunSetup, signal: AbortSignal): Promise<ChangedFile[]> {
  const { baseTree, tree } = log.state;
  if (work === null || baseTree === null || tree === null || baseTree === tree) return [];
  return await work.trees.changes(baseTree, tree, signal);
}

async function neverApplied(
  { log, work }: RunSetup,
  files: readonly ChangedFile[],
  signal: AbortSignal,
): Promise<string[]> {
  const { baseTree, tree } = log.state;
  if (work === null || baseTree === null || tree === null || files.length === 0) return [];
  const { conflicts } = await work.trees.planApply({ base: baseTree, tree }, signal);
  return conflicts.flatMap(({ path, isForGood }) => (isForGood ? [path] : []));
}

async function artifactsOf({ log, runFolder }: RunSetup, files: readonly ChangedFile[]): Promise<Artifact[]> {
  const tasks = Object.values(log.state.tasksById);
  const isDone = (taskType: string): boolean =>
    tasks.some((task) => task.taskType === taskType && task.status === "done");
  const found: [Artifact, boolean][] = [
    ["report", await isFile(join(runFolder, "report.md"))],
    ["requirements", isDone("requirements.define")],
    ["design", isDone("design.propose")],
    ["plan", tasks.some((task) => task.phase === "implementation")],
    ["changes", files.length > 0],
  ];
  return found.flatMap(([artifact, isThere]) => (isThere ? [artifact] : []));
}

async function commandFacts(
  setup: RunSetup,
  phase: Phase,
  criteria: readonly Criterion[],
  signal: AbortSignal,
): Promise<Record<string, CommandFact>> {
  const facts: Record<string, CommandFact> = {};
  for (const criterion of criteria) {
    if (criterion.kind !== "commandPasses") continue;
    facts[criterion.command] = await runCommand(setup, phase, criterion.command, signal);
  }
  return facts;
}

/** In a fresh tree with exactly the files that would be applied, so that running it again is no harm. */
async function runCommand(
  setup: RunSetup,
  phase: Phase,
  name: string,
  signal: AbortSignal,
): Promise<CommandFact> {
  const { log, pinned, work } = setup;
  const argv = pinned.commands[name];
  const { tree } = log.state;
  if (argv === undefined || work === null || tree === null) return { kind: "unknown" };
  const folder = await work.trees.checkout({ name: `gate-${phase}`, tree }, signal);
  await setUpTree(setup, folder, signal);
  const request = { argv, folder, writable: folder, limitMs: commandLimitMs, maxOutputBytes };
  const { exitCode, durationMs, ended, output } = await work.sandbox.run(request, signal);
  const detail = await log.keep(`$ ${argv.join(" ")}\n${output}`);
  return { kind: "ran", exitCode, durationMs, ended, detail };
}

/** Those reported since the work last came back: what was mended counts no more. */
function findingsOf(state: RunState, phase: Phase): SeverityCounts {
  const since = state.returns.at(-1)?.seq ?? 0;
  const sum = countBySeverity([]);
  for (const { counts, phase: of, seq } of state.findingBatches) {
    if (of !== phase || seq < since) continue;
    sum.error += counts.error;
    sum.warning += counts.warning;
    sum.info += counts.info;
  }
  return sum;
}

async function isFile(file: string): Promise<boolean> {
  return await stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
}
