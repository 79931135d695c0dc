import { HostError } from "../core/host-error.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import { connectToLiveHost } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";
import { runLine, runText } from "./run-text.ts";
import { withHost } from "./with-host.ts";
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
  context.output.out(options.json ? `${JSON.stringify(state)}\n` : runText(state, options.workspace));
  return exitCodes.done;
}

/** `agent-team runs pause RUN` */
export async function pauseRunCommand(
  runId: string,
  options: RunsOptions,
  context: CliContext,
): Promise<number> {
  return await withHost(options.workspace, context, async ({ connection }, { workspaceId }) => {
    const request = { workspaceId, runId, reason: "paused at the terminal" };
    const { seq } = await connection.request("run/pause", request, context.signal);
    tell({ runId, seq, words: `Paused ${runId}` }, options, context);
    return exitCodes.done;
  });
}

/** `agent-team runs steer RUN "words"` */
export async function steerRunCommand(
  wish: { runId: string; words: string; task?: string },
  options: RunsOptions,
  context: CliContext,
): Promise<number> {
  const { runId, words, task } = wish;
  return await withHost(options.workspace, context, async ({ connection }, { workspaceId }) => {
    const request = { workspaceId, runId, message: words, ...(task === undefined ? {} : { taskId: task }) };
    const { seq } = await connection.request("run/steer", request, context.signal);
    tell({ runId, seq, words: `Said to ${task ?? "the agents"} of ${runId}` }, options, context);
    return exitCodes.done;
  });
}

/** `agent-team runs cancel RUN` */
export async function cancelRunCommand(
  runId: string,
  options: RunsOptions,
  context: CliContext,
): Promise<number> {
  return await withHost(options.workspace, context, async ({ connection }, { workspaceId }) => {
    const request = { workspaceId, runId, reason: "cancelled at the terminal" };
    const { seq } = await connection.request("run/cancel", request, context.signal);
    tell({ runId, seq, words: `Cancelled ${runId}` }, options, context);
    return exitCodes.done;
  });
}

/** `agent-team runs delete RUN`: what it found and said goes; that it was there and was deleted stays in the journal. */
export async function deleteRunCommand(
  runId: string,
  options: RunsOptions,
  context: CliContext,
): Promise<number> {
  const { location, store } = await openWorkspaceFiles(options.workspace, context);
  const isKnown = (await store?.runState(runId)) != null;
  if (!isKnown && (await connectToLiveHost(location, context.signal)) === null) throw unknownRun(runId);
  return await withHost(options.workspace, context, async ({ connection }, { workspaceId }) => {
    const { seq } = await connection.request("run/delete", { workspaceId, runId }, context.signal);
    tell({ runId, seq, words: `Deleted ${runId}` }, options, context);
    return exitCodes.done;
  });
}

function tell(
  { runId, seq, words }: { runId: string; seq: number; words: string },
  { json }: RunsOptions,
  { output }: CliContext,
): void {
  output.out(json ? `${JSON.stringify({ runId, seq })}\n` : `${words} (entry ${seq})\n`);
}

function unknownRun(runId: string): HostError {
  return new HostError("run.unknown", `There is no run ${runId} in this workspace`, {
    hint: "See 'agent-team runs list', or name the workspace with --workspace",
  });
}
