import { join } from "node:path";
import { styleText } from "node:util";
import type { Finding, Severity } from "../protocol/finding.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { visible } from "../protocol/visible.ts";
import type { Output } from "./cli-context.ts";
import { costText } from "./run-text.ts";

const colours = { error: "red", warning: "yellow", info: "cyan" } as const;

/** What a person reads when a run has ended: how, what was found first, where the rest is. */
export function runSummaryText(
  state: RunState,
  given: {
    findings: readonly Finding[];
    total: number;
    stateFolder: string;
    output: Pick<Output, "isColourful">;
  },
): string {
  const lines: string[] = ["", headline(state, given.total)];
  if (state.reason !== null) lines.push(`Why: ${visible(state.reason)}`);
  if (state.provider === "offline") lines.push("Made without a model, by the deterministic engine.");
  else lines.push(...processLines(state));
  if (given.findings.length > 0) lines.push("");
  for (const finding of given.findings) lines.push(findingLine(finding, given.output.isColourful));
  if (given.total > given.findings.length)
    lines.push(`  … and ${given.total - given.findings.length} more in the report`);
  lines.push("");
  if (state.report !== null) lines.push(`Report  ${join(given.stateFolder, state.report)}`);
  lines.push(`Run     ${state.runId} (agent-team runs show ${state.runId})`);
  return `${lines.join("\n")}\n`;
}

/** What became of the change, how commands ran, what it took. */
function processLines(state: RunState): string[] {
  const changes = Object.values(state.changeSets).filter(({ taskId }) => taskId !== null);
  const files = changes.reduce((sum, each) => sum + each.fileCount, 0);
  const applied = `Changed in your folder: ${files} files (take them back: agent-team changes undo ${state.runId})`;
  const untouched = state.undone ? "The change was taken back" : "Your folder was not changed";
  const fate = state.appliedTree === null ? untouched : applied;
  const { spent } = state.budget;
  const used = `${spent.tokens} tokens, ${spent.modelCalls} model calls, ${costText(state.usage.costUsd)}`;
  const apart =
    state.assurance === "unsandboxed"
      ? ["assurance: unsandboxed (nothing kept commands from state folder and keys)"]
      : [];
  return [...(changes.length === 0 ? [] : [`${fate}.`]), ...apart, `Used: ${used}.`];
}

function headline(state: RunState, total: number): string {
  const seconds =
    state.finishedAt === null ? 0 : (Date.parse(state.finishedAt) - Date.parse(state.createdAt)) / 1_000;
  const { error, warning, info } = state.findings;
  const word = state.status === "done" ? "Done" : state.status === "cancelled" ? "Cancelled" : "Failed";
  return `${word} in ${seconds.toFixed(1)} s: ${total} findings (${error} errors, ${warning} warnings, ${info} notes)`;
}

function findingLine(finding: Finding, isColourful: boolean): string {
  const place = `${visible(finding.file)}:${finding.range.startLine}:${finding.range.startColumn}`;
  const label = severityLabel(finding.severity, isColourful);
  return `  ${place}  ${label}  ${visible(finding.message)}  ${finding.ruleId}`;
}

function severityLabel(severity: Severity, isColourful: boolean): string {
  return isColourful ? styleText(colours[severity], severity, { validateStream: false }) : severity;
}
