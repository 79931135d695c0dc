import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { relinked } from "../analysis/report/report-links.ts";
import { locateWorkspace } from "../client/workspace-location.ts";
import { HostError, isHostError, messageOf, systemErrorCode } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import type { RunId } from "../protocol/ids.ts";
import type { ApproveMode, RunRequest } from "../protocol/run.ts";
import type { BudgetExtension } from "../protocol/scope.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { visible } from "../protocol/visible.ts";
import { type KeyRing, keyRing } from "./approver-keys.ts";
import { type Attachment, attach } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";
import { ensureApprover } from "./ensure-approver.ts";
import { type Following, followerFrom, followOverHosts, type Stopped } from "./follow-run.ts";
import { reportFormatOf } from "./report-file.ts";
import { RunFollower } from "./run-follower.ts";
import { exitCodeOf } from "./run-stop.ts";
import { runSummaryText } from "./run-summary.ts";
import { stopText } from "./stop-text.ts";

const maxConfigBytes = 1_000_000;

export interface RunOptions {
  readonly workspace: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly report?: string;
}

/**
 * `agent-team run`: starts a run, shows it until it ends or waits for somebody else, and returns its exit code.
 * Ctrl+C cancels the run and waits for its end.
 */
export async function runCommand(
  request: RunRequest,
  options: RunOptions,
  context: CliContext,
): Promise<number> {
  const reportFormat = options.report === undefined ? null : reportFormatOf(options.report);
  if (options.report !== undefined) await refuseUnwritable(resolve(context.cwd, options.report));
  return await following(options, context, async (given, keys) => {
    const { connection } = given.attachment;
    const { workspaceId } = given.location;
    if (await mayNeedApprover(request, given)) await ensureApprover(given, keys);
    const shown = { ...options, output: context.output };
    const follower = await RunFollower.begin(connection, workspaceId, shown);
    const started = await connection.request("run/start", { workspaceId, request }, context.signal);
    const { runId } = started;
    for (const warning of started.warnings) context.output.note(`warning: ${visible(warning)}\n`);
    const answering = answersOf(request.approve ?? "ask", { options, context, keys });
    const stopped = await followOverHosts({ runId, afterSeq: -1 }, follower, { ...given, answering });
    if (options.report !== undefined && reportFormat !== null) {
      const target = resolve(context.cwd, options.report);
      await copyReport({ format: reportFormat, target }, stopped);
    }
    return stopped;
  });
}

/**
 * `agent-team runs resume`: goes on with a run that was interrupted or paused, or looks on where a host works on it,
 * and shows it as `run` does.
 */
export async function resumeCommand(
  wish: { runId: RunId; budget: BudgetExtension },
  options: RunOptions,
  context: CliContext,
): Promise<number> {
  const { runId, budget } = wish;
  return await following(options, context, async (given, keys) => {
    const { connection } = given.attachment;
    const query = { workspaceId: given.location.workspaceId, runId };
    const { run } = await connection.request("run/show", query, context.signal);
    const answering = answersOf(run.approve, { options, context, keys });
    const follower = await followerFrom(run, given);
    const isNew = await resumed({ ...query, ...(Object.keys(budget).length === 0 ? {} : { budget }) }, given);
    const afterSeq = isNew ? run.lastSeq : -1;
    return await followOverHosts({ runId, afterSeq }, follower, { ...given, answering });
  });
}

/** False where a host works on it already, and there was no budget to give it. */
async function resumed(
  wish: { workspaceId: string; runId: RunId; budget?: BudgetExtension },
  { attachment, context }: Following,
): Promise<boolean> {
  try {
    await attachment.connection.request("run/resume", wish, context.signal);
    return true;
  } catch (error) {
    if (isHostError(error) && error.code === "run.live" && wish.budget === undefined) return false;
    throw error;
  }
}

/** Does `work` attached to the host, tells how it came out, and lets go of whatever host was in use at the end. */
async function following(
  options: RunOptions,
  context: CliContext,
  work: (given: Following, keys: KeyRing) => Promise<Stopped>,
): Promise<number> {
  const location = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  const keys = keyRing(location, context);
  const attachment = await attach(location, context);
  const attachments = [attachment];
  if (attachment.host === null) await offerKey(attachment, { location, context });
  const onAttached = (further: Attachment): void => void attachments.push(further);
  try {
    const stopped = await work({ attachment, location, context, options, onAttached, answering: null }, keys);
    await tellStop(stopped, options);
    return exitCodeOf(stopped.stop);
  } finally {
    for (const each of attachments) await each.close("the command ended");
  }
}

/** Whoever names no provider gets what config.yaml says; without that file it is the offline engine, which asks nobody. */
async function mayNeedApprover({ provider }: RunRequest, { location }: Following): Promise<boolean> {
  if (provider !== undefined) return provider !== "offline";
  return (await readSmallFile(join(location.home, "config.yaml"), maxConfigBytes).catch(() => null)) !== null;
}

/** A host that was started elsewhere has not this terminal's variables. */
async function offerKey(
  { connection }: Attachment,
  { location, context }: Pick<Following, "location" | "context">,
): Promise<void> {
  const key = context.env.ANTHROPIC_API_KEY ?? "";
  if (key === "") return;
  const { workspaceId } = location;
  await connection.request("secret/offer", { workspaceId, endpoint: "anthropic", key }, context.signal);
}

/** A person is asked only at a terminal, and only where they said so. */
function answersOf(
  approve: ApproveMode,
  { options, context, keys }: { options: RunOptions; context: CliContext; keys: KeyRing },
): Following["answering"] {
  const { prompt } = context;
  return prompt === null || options.json || approve !== "ask" ? null : { prompt, keys };
}

async function tellStop({ stop, following }: Stopped, options: RunOptions): Promise<void> {
  const { attachment, location, context } = following;
  if (stop.kind !== "ended") {
    context.output.note(stopText(stop, options.workspace));
    return;
  }
  if (options.json) {
    // The journal holds the words of a failure in a blob only.
    const { status, reason } = stop.state;
    if (status !== "done" && reason !== null) context.output.note(`${visible(reason)}\n`);
    return;
  }
  const query = { workspaceId: location.workspaceId, runId: stop.state.runId, limit: 10 };
  const page = await attachment.connection.request("finding/list", query, new AbortController().signal);
  const given = { ...page, stateFolder: location.stateFolder, output: context.output };
  context.output.out(runSummaryText(stop.state, given));
}

async function copyReport(
  copy: { format: "markdown" | "json" | "sarif"; target: string },
  { stop, following }: { stop: { state: RunState }; following: Following },
): Promise<void> {
  const { format, target } = copy;
  const { attachment, location } = following;
  if (stop.state.report === null) return;
  const query = { workspaceId: location.workspaceId, runId: stop.state.runId, format };
  const { text, path } = await attachment.connection.request(
    "report/read",
    query,
    new AbortController().signal,
  );
  const moved = { root: location.realPath, from: dirname(path), to: dirname(target) };
  await writeFile(target, relinked(text, moved));
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
