import { readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { relinked } from "../analysis/report/report-links.ts";
import { locateWorkspace, type WorkspaceLocation } from "../client/workspace-location.ts";
import { HostError, messageOf, systemErrorCode } from "../core/host-error.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { RunId } from "../protocol/ids.ts";
import type { RunRequest } from "../protocol/run.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { Attachment } from "./attach.ts";
import { attach } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";
import { reportFormatOf } from "./report-file.ts";
import { RunFollower } from "./run-follower.ts";
import { runSummaryText } from "./run-summary.ts";

export interface RunOptions {
  readonly workspace: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly report?: string;
}

/**
 * `agent-team run`: starts a run, shows it until it ends, and returns its exit code. Ctrl+C cancels the run and
 * waits for its end.
 */
export async function runCommand(
  request: RunRequest,
  options: RunOptions,
  context: CliContext,
): Promise<number> {
  const reportFormat = options.report === undefined ? null : reportFormatOf(options.report);
  if (options.report !== undefined) await refuseUnwritable(resolve(context.cwd, options.report));
  const location = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  const attachment = await attach(location, context);
  try {
    const follower = await RunFollower.begin(attachment.connection, location.workspaceId, {
      ...options,
      output: context.output,
    });
    const { connection } = attachment;
    const { workspaceId } = location;
    const { runId } = await connection.request("run/start", { workspaceId, request }, context.signal);
    const state = await followToEnd(follower, { runId, attachment, location, context, options });
    if (options.report !== undefined && reportFormat !== null && state.report !== null) {
      const target = resolve(context.cwd, options.report);
      const { text, path } = await connection.request(
        "report/read",
        { workspaceId, runId, format: reportFormat },
        new AbortController().signal,
      );
      await writeFile(
        target,
        relinked(text, { root: location.realPath, from: dirname(path), to: dirname(target) }),
      );
    }
    return state.exitCode ?? exitCodes.failed;
  } finally {
    await attachment.close("the command ended");
  }
}

/** `agent-team runs resume`: goes on with an interrupted or paused run and shows it until it ends. */
export async function resumeCommand(runId: RunId, options: RunOptions, context: CliContext): Promise<number> {
  const location = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  const attachment = await attach(location, context);
  try {
    const follower = await RunFollower.begin(attachment.connection, location.workspaceId, {
      ...options,
      output: context.output,
    });
    const { connection } = attachment;
    const { workspaceId } = location;
    follower.startFrom((await connection.request("run/show", { workspaceId, runId }, context.signal)).run);
    await connection.request("run/resume", { workspaceId, runId }, context.signal);
    const state = await followToEnd(follower, { runId, attachment, location, context, options });
    return state.exitCode ?? exitCodes.failed;
  } finally {
    await attachment.close("the command ended");
  }
}

interface Following {
  readonly runId: RunId;
  readonly attachment: Attachment;
  readonly location: WorkspaceLocation;
  readonly context: CliContext;
  readonly options: RunOptions;
}

async function followToEnd(follower: RunFollower, following: Following): Promise<RunState> {
  const { runId, attachment, location, context, options } = following;
  const { connection } = attachment;
  const { workspaceId } = location;
  const cancel = (): void => {
    if (!options.json && !options.quiet)
      context.output.note("Cancelling the run; press Ctrl+C again to leave at once\n");
    connection
      .request(
        "run/cancel",
        { workspaceId, runId, reason: "cancelled at the terminal" },
        new AbortController().signal,
      )
      // It has ended by itself meanwhile, or the connection has: the follower tells which.
      .catch(() => undefined);
  };
  context.signal.addEventListener("abort", cancel, { once: true });
  if (context.signal.aborted) cancel();
  try {
    const state = await follower.untilEnd(runId);
    if (!options.json) {
      const page = await connection.request(
        "finding/list",
        { workspaceId, runId, limit: 10 },
        new AbortController().signal,
      );
      context.output.out(
        runSummaryText(state, { ...page, stateFolder: location.stateFolder, output: context.output }),
      );
    }
    return state;
  } finally {
    context.signal.removeEventListener("abort", cancel);
  }
}

async function refuseUnwritable(file: string): Promise<void> {
  try {
    // Opens for appending: what is there stays until the report is written.
    await writeFile(file, "", { flag: "a" });
    await readFile(file);
  } catch (error) {
    throw new HostError("report.unwritable", `The report cannot be written to ${file}: ${messageOf(error)}`, {
      hint: systemErrorCode(error) === "ENOENT" ? "Make the folder first" : "Name another file with --report",
      cause: error,
    });
  }
}
