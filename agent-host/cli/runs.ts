import { HostError } from "../core/host-error.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { RunSummary } from "../protocol/run.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { attach, connectToLiveHost } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";
import { printable } from "./printable.ts";
import { openWorkspaceFiles } from "./workspace-files.ts";

export interface RunsOptions {
  readonly workspace: string;
  readonly json: boolean;
}

/** `agent-team runs list` */
export async function listRunsCommand(
  options: RunsOptions & { limit: number },
  context: CliContext,
): Promise<number> {
  const { store } = await openWorkspaceFiles(options.workspace, context);
  const { runs, total } =
    store === null ? { runs: [], total: 0 } : await store.listRuns({ limit: options.limit });
  if (options.json) {
    context.output.out(`${JSON.stringify({ runs, total })}\n`);
    return exitCodes.done;
  }
  if (runs.length === 0) context.output.out('No runs yet. Start one with: agent-team run "<goal>"\n');
  for (const run of runs) context.output.out(`${runLine(run)}\n`);
  if (total > runs.length)
    context.output.note(`${total - runs.length} older runs are not shown; use --limit\n`);
  return exitCodes.done;
}

/** `agent-team runs show RUN` */
export async function showRunCommand(
  runId: string,
  options: RunsOptions,
  context: CliContext,
): Promise<number> {
  const { store } = await openWorkspaceFiles(options.workspace, context);
  const state = await store?.runState(runId);
  if (state === null || state === undefined) throw unknownRun(runId);
  context.output.out(options.json ? `${JSON.stringify(state)}\n` : runText(state));
  return exitCodes.done;
}

/** `agent-team runs cancel RUN` */
export async function cancelRunCommand(
  runId: string,
  options: RunsOptions,
  context: CliContext,
): Promise<number> {
  const { location } = await openWorkspaceFiles(options.workspace, context);
  const attachment = await attach(location, context);
  try {
    const { workspaceId } = location;
    const request = { workspaceId, runId, reason: "cancelled at the terminal" };
    const { seq } = await attachment.connection.request("run/cancel", request, context.signal);
    context.output.out(
      options.json ? `${JSON.stringify({ runId, seq })}\n` : `Cancelled ${runId} (entry ${seq})\n`,
    );
    return exitCodes.done;
  } finally {
    await attachment.close("the command ended");
  }
}

/** `agent-team runs delete RUN`: what it found and said goes; that it was there and was deleted stays in the journal. */
export async function deleteRunCommand(
  runId: string,
  options: RunsOptions,
  context: CliContext,
): Promise<number> {
  const { location, store } = await openWorkspaceFiles(options.workspace, context);
  if (
    (await store?.runState(runId)) == null &&
    (await connectToLiveHost(location, context.signal)) === null
  ) {
    throw unknownRun(runId);
  }
  const attachment = await attach(location, context);
  try {
    const { workspaceId } = location;
    const { seq } = await attachment.connection.request("run/delete", { workspaceId, runId }, context.signal);
    context.output.out(
      options.json ? `${JSON.stringify({ runId, seq })}\n` : `Deleted ${runId} (entry ${seq})\n`,
    );
    return exitCodes.done;
  } finally {
    await attachment.close("the command ended");
  }
}

function unknownRun(runId: string): HostError {
  return new HostError("run.unknown", `There is no run ${runId} in this workspace`, {
    hint: "See 'agent-team runs list', or name the workspace with --workspace",
  });
}

function runLine(run: RunSummary): string {
  const { error, warning, info } = run.findings;
  const when = run.createdAt.slice(0, 16).replace("T", " ");
  return `${run.runId}  ${when}  ${run.status.padEnd(11)}  ${error}/${warning}/${info}  ${printable(run.title)}`;
}

function runText(state: RunState): string {
  const lines = [
    `${state.runId}: ${state.status}`,
    `Goal     ${printable(state.title)}`,
    `Profile  ${state.profile}, ${state.provider === "offline" ? "offline engine (no model)" : state.provider}`,
    `Started  ${state.createdAt}`,
    `Ended    ${state.finishedAt ?? "not yet"}`,
    `Found    ${state.findings.error} errors, ${state.findings.warning} warnings, ${state.findings.info} notes`,
  ];
  if (state.reason !== null) lines.push(`Why      ${printable(state.reason)}`);
  if (state.report !== null) lines.push(`Report   ${state.report}`);
  lines.push("");
  for (const phase of state.phases) {
    lines.push(`${phase.phase}: ${phase.status}`);
    const tasks = Object.values(state.tasksById).filter((task) => task.phase === phase.phase);
    for (const task of tasks)
      lines.push(
        `  ${task.title}: ${task.status}${task.summary === "" ? "" : `, ${printable(task.summary)}`}`,
      );
  }
  if (state.finishedAt === null) lines.push("", `Go on with: agent-team runs resume ${state.runId}`);
  return `${lines.join("\n")}\n`;
}
