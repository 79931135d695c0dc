import type { RunSummary } from "../protocol/run.ts";
import type { ChangeSetState, PhaseState, RunState, TaskState } from "../protocol/state/schemas.ts";
import { visible } from "../protocol/visible.ts";
import { commandText } from "./command-text.ts";
import { evidenceText } from "./criterion-text.ts";
import { budgetLines, openIds } from "./stop-text.ts";

/** One line of `runs list`. */
export function runLine(run: RunSummary): string {
  const { error, warning, info } = run.findings;
  const when = run.createdAt.slice(0, 16).replace("T", " ");
  const waits = run.waits === 0 || run.finishedAt !== null ? "" : `  ${run.waits} to answer`;
  return `${run.runId}  ${when}  ${run.status.padEnd(11)}  ${error}/${warning}/${info}  ${visible(run.title)}${waits}`;
}

/** What `runs show` prints: how the run stands, then phase by phase what was asked and found. */
export function runText(state: RunState, workspace: string): string {
  return `${[...headLines(state), "", ...state.phases.flatMap((phase) => phaseLines(phase, state)), ...endLines(state, workspace)].join("\n")}\n`;
}

function headLines(state: RunState): string[] {
  const { error, warning, info } = state.findings;
  const lines = [
    `${state.runId}: ${state.status}`,
    `Goal     ${visible(state.title)}`,
    `Profile  ${state.profile}, ${state.provider === "offline" ? "offline engine (no model)" : state.provider}`,
    `Started  ${state.createdAt}`,
    `Ended    ${state.finishedAt ?? "not yet"}`,
    `Found    ${error} errors, ${warning} warnings, ${info} notes`,
  ];
  if (state.reason !== null) lines.push(`Why      ${visible(state.reason)}`);
  if (state.report !== null) lines.push(`Report   ${state.report}`);
  if (state.provider !== "offline") {
    lines.push(`Approve  ${state.approve}`);
    lines.push(`Commands ${state.assurance === null ? "not started yet" : assuranceWords[state.assurance]}`);
    const [first, ...others] = budgetLines(state.budget);
    lines.push(`Budget   ${first}`, ...others.map((line) => `         ${line}`));
  }
  return lines;
}

/** Said wherever a run's commands are told of. */
export const assuranceWords = {
  sandboxed: "run in a sandbox, apart from state, keys and network",
  unsandboxed: "run with assurance: unsandboxed: nothing here keeps them from state folder and keys",
} as const;

function phaseLines(phase: PhaseState, state: RunState): string[] {
  const tasks = Object.values(state.tasksById).filter((task) => task.phase === phase.phase);
  return [
    `${phase.phase}: ${phase.status === "needsPerson" ? "waits for a person" : phase.status}`,
    ...tasks.map((task) => taskLine(task, state.changeSets[task.changeSetId ?? ""])),
    ...gateLines(phase),
  ];
}

function taskLine(task: TaskState, change: ChangeSetState | undefined): string {
  const attempt = task.attempt > 1 ? `, attempt ${task.attempt}` : "";
  const summary = task.summary === "" ? "" : `, ${visible(task.summary)}`;
  const files =
    change === undefined
      ? ""
      : `, ${change.changeSetId}: ${change.fileCount} files, +${change.added} -${change.removed}${change.merged ? "" : ", not merged"}`;
  return `  ${task.title}: ${task.status}${attempt}${summary}${files}${usageOf(task)}`;
}

/** What its model calls used, in tokens as its endpoint reports them; nothing for a task without any. */
function usageOf({ usage }: TaskState): string {
  const { inputTokens, outputTokens, cacheReadTokens, costUsd } = usage;
  if (inputTokens + outputTokens === 0) return "";
  const cached = cacheReadTokens === undefined ? "" : ` (${cacheReadTokens} from cache)`;
  return `, ${inputTokens} tokens in${cached}, ${outputTokens} out, ${costText(costUsd)}`;
}

/** Money, as exactly as a sum of model calls deserves. */
export function costText(costUsd: number | null): string {
  return costUsd === null ? "cost not known" : `${costUsd.toFixed(costUsd > 0 && costUsd < 0.1 ? 4 : 2)} USD`;
}

function gateLines({ gate, evidence }: PhaseState): string[] {
  if (gate === null) return [];
  const by = gate.decidedBy === null ? "" : `, decided with key ${gate.decidedBy}`;
  const tree = gate.treeHash === null ? "" : `, tree ${gate.treeHash.slice(0, 12)}`;
  return [
    `  gate ${gate.gateId}${tree}, rules ${gate.rulesChecksum.slice(0, 12)}${by}`,
    ...evidence.map((each) => `    ${evidenceText(each)}`),
  ];
}

function endLines(state: RunState, workspace: string): string[] {
  if (state.finishedAt !== null) return [];
  const open = openIds(state).map((id) => {
    const run = id.startsWith("g-") ? ["--run", state.runId] : [];
    return `  ${id}  ${commandText(["gates", "show", id, ...run], workspace)}`;
  });
  const waits = open.length === 0 ? [] : ["", "Waits for a person:", ...open];
  return [...waits, "", `Go on with: ${commandText(["runs", "resume", state.runId], workspace)}`];
}
