import type { WorkspaceLocation } from "../client/workspace-location.ts";
import { isHostError } from "../core/host-error.ts";
import type { RunId } from "../protocol/ids.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { type Answering, answerWaiting } from "./answer-waiting.ts";
import { type Attachment, attach } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";
import { RunFollower } from "./run-follower.ts";
import type { RunStop } from "./run-stop.ts";

/** A run that is followed, and by what. */
export interface Following {
  readonly attachment: Attachment;
  readonly location: WorkspaceLocation;
  readonly context: CliContext;
  readonly options: { readonly json: boolean; readonly quiet: boolean };
  /** Hears of each further host that was attached to. */
  readonly onAttached: (attachment: Attachment) => void;
  /** Null where a person's answer is not to be waited for. */
  readonly answering: Answering | null;
}

export interface Stopped {
  readonly stop: RunStop;
  /** With the attachment in use at the end. */
  readonly following: Following;
}

const maxHostChanges = 5;

/**
 * Follows a run to where the command leaves it. A host that belongs to another command goes when that command ends:
 * then this one attaches again, or becomes the host, and the run goes on from what is durable.
 *
 * `afterSeq`: what holds up to this entry is no reason to leave.
 */
export async function followOverHosts(
  run: { runId: RunId; afterSeq: number },
  first: RunFollower,
  given: Following,
): Promise<Stopped> {
  const { runId } = run;
  let { afterSeq } = run;
  let follower = first;
  let following = given;
  for (let changes = 0; ; changes += 1) {
    try {
      return { stop: await followToStop({ runId, afterSeq }, follower, following), following };
    } catch (error) {
      const isOurs = following.attachment.host !== null;
      const isGone = isHostError(error) && goneCodes.has(error.code);
      if (!isGone || isOurs || changes === maxHostChanges || given.context.signal.aborted) throw error;
    }
    following = await attachedAgain(following);
    const { connection } = following.attachment;
    const query = { workspaceId: given.location.workspaceId, runId };
    const { run: now } = await connection.request("run/show", query, given.context.signal);
    const shown = follower.state ?? now;
    follower = await followerFrom(shown, following);
    afterSeq = shown.lastSeq;
    if (now.finishedAt === null && !(await resumes(runId, following))) afterSeq = -1;
  }
}

const goneCodes = new Set(["host.lost", "rpc.closed"]);

/** A follower of a run that is known up to this state. */
export async function followerFrom(
  state: RunState,
  { attachment, location, context, options }: Following,
): Promise<RunFollower> {
  const shown = { json: options.json, quiet: options.quiet, output: context.output };
  return await RunFollower.begin(attachment.connection, location.workspaceId, shown, state);
}

async function attachedAgain(following: Following): Promise<Following> {
  const { location, context, onAttached } = following;
  const attachment = await attach(location, context);
  onAttached(attachment);
  return { ...following, attachment };
}

/** False where a host works on it already: one that an editor started resumes its runs by itself. */
async function resumes(runId: RunId, { attachment, location, context }: Following): Promise<boolean> {
  try {
    const query = { workspaceId: location.workspaceId, runId };
    await attachment.connection.request("run/resume", query, context.signal);
    return true;
  } catch (error) {
    if (!isHostError(error) || (error.code !== "run.live" && error.code !== "run.ended")) throw error;
    return false;
  }
}

async function followToStop(
  run: { runId: RunId; afterSeq: number },
  follower: RunFollower,
  following: Following,
): Promise<RunStop> {
  const { context } = following;
  const cancel = (): void => cancelRun(run.runId, following);
  context.signal.addEventListener("abort", cancel, { once: true });
  follower.follow(run.runId);
  if (context.signal.aborted) cancel();
  try {
    let { afterSeq } = run;
    for (;;) {
      const stop = await follower.nextStop(afterSeq);
      if (stop.kind !== "waiting" || !(await isAnswered(stop.state, follower, following))) return stop;
      // Only what comes later tells that it waits again.
      afterSeq = stop.state.lastSeq;
    }
  } finally {
    context.signal.removeEventListener("abort", cancel);
  }
}

/** False where this command leaves the run to wait. */
async function isAnswered(state: RunState, follower: RunFollower, following: Following): Promise<boolean> {
  const { answering, context } = following;
  // Cancelled meanwhile: its end is on the way.
  if (context.signal.aborted) return true;
  if (answering === null) return false;
  try {
    return (await answerWaiting(state, { follower, following, answering })) === "answered";
  } catch (error) {
    if (context.signal.aborted) return true;
    throw error;
  }
}

function cancelRun(runId: RunId, { attachment, location, context, options }: Following): void {
  if (!options.json && !options.quiet)
    context.output.note("Cancelling the run; press Ctrl+C again to leave at once\n");
  const { workspaceId } = location;
  attachment.connection
    .request(
      "run/cancel",
      { workspaceId, runId, reason: "cancelled at the terminal" },
      new AbortController().signal,
    )
    // It has ended by itself meanwhile, or the connection has: the follower tells which.
    .catch(() => undefined);
}
