import { readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { relinked } from "../analysis/report/report-links.ts";
import { locateWorkspace, type WorkspaceLocation } from "../client/workspace-location.ts";
import { HostError, isHostError, messageOf, systemErrorCode } from "../core/host-error.ts";
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
  let following: Following = { attachment, location, context, options };
  try {
    const { connection } = attachment;
    const { workspaceId } = location;
    const follower = await RunFollower.begin(connection, workspaceId, { ...options, output: context.output });
    const { runId } = await connection.request("run/start", { workspaceId, request }, context.signal);
    const ended = await followOverHosts(runId, follower, following);
    following = ended.following;
    if (options.report !== undefined && reportFormat !== null && ended.state.report !== null) {
      await copyReport(
        { runId, format: reportFormat, target: resolve(context.cwd, options.report) },
        following,
      );
    }
    return ended.state.exitCode ?? exitCodes.failed;
  } finally {
    await following.attachment.close("the command ended");
  }
}

/** `agent-team runs resume`: goes on with an interrupted or paused run and shows it until it ends. */
export async function resumeCommand(runId: RunId, options: RunOptions, context: CliContext): Promise<number> {
  const location = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  let following: Following = { attachment: await attach(location, context), location, context, options };
  try {
    const { connection } = following.attachment;
    const { workspaceId } = location;
    const { run } = await connection.request("run/show", { workspaceId, runId }, context.signal);
    const follower = await beginFrom(run, following);
    await connection.request("run/resume", { workspaceId, runId }, context.signal);
    const ended = await followOverHosts(runId, follower, following);
    following = ended.following;
    return ended.state.exitCode ?? exitCodes.failed;
  } finally {
    await following.attachment.close("the command ended");
  }
}

interface Following {
  readonly attachment: Attachment;
  readonly location: WorkspaceLocation;
  readonly context: CliContext;
  readonly options: RunOptions;
}

interface Ended {
  readonly state: RunState;
  /** With the attachment in use at the end. */
  readonly following: Following;
}

const maxHostChanges = 5;

/**
 * Follows a run to its end. A host that belongs to another command goes when that command ends: then this one
 * attaches again, or becomes the host, and the run goes on from what is durable.
 */
async function followOverHosts(runId: RunId, first: RunFollower, given: Following): Promise<Ended> {
  let follower = first;
  let following = given;
  for (let changes = 0; ; changes += 1) {
    try {
      return { state: await followToEnd(runId, follower, following), following };
    } catch (error) {
      const isOurs = following.attachment.host !== null;
      const isGone = isHostError(error) && error.code === "host.lost";
      if (!isGone || isOurs || changes === maxHostChanges || given.context.signal.aborted) throw error;
    }
    const { location, context } = given;
    const { workspaceId } = location;
    following = { ...following, attachment: await attach(location, context) };
    const { connection } = following.attachment;
    const { run } = await connection.request("run/show", { workspaceId, runId }, context.signal);
    follower = await beginFrom(follower.state ?? run, following);
    if (run.finishedAt === null) await resumeUnlessLive(runId, following);
  }
}

/** A host that an editor started resumes its runs by itself. */
async function resumeUnlessLive(runId: RunId, { attachment, location, context }: Following): Promise<void> {
  try {
    await attachment.connection.request(
      "run/resume",
      { workspaceId: location.workspaceId, runId },
      context.signal,
    );
  } catch (error) {
    if (!isHostError(error) || (error.code !== "run.live" && error.code !== "run.ended")) throw error;
  }
}

async function beginFrom(
  state: RunState,
  { attachment, location, context, options }: Following,
): Promise<RunFollower> {
  const { workspaceId } = location;
  return await RunFollower.begin(
    attachment.connection,
    workspaceId,
    { ...options, output: context.output },
    state,
  );
}

async function copyReport(
  copy: { runId: RunId; format: "markdown" | "json" | "sarif"; target: string },
  { attachment, location }: Following,
): Promise<void> {
  const { runId, format, target } = copy;
  const { text, path } = await attachment.connection.request(
    "report/read",
    { workspaceId: location.workspaceId, runId, format },
    new AbortController().signal,
  );
  const moved = { root: location.realPath, from: dirname(path), to: dirname(target) };
  await writeFile(target, relinked(text, moved));
}

async function followToEnd(runId: RunId, follower: RunFollower, following: Following): Promise<RunState> {
  const { attachment, location, context, options } = following;
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
