import type { FolderSession } from "../host/folder-session.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { type RunChoice, runRequest } from "./run-settings.ts";

/** What is to be started, and where. */
export interface WantedRun {
  readonly session: FolderSession;
  readonly goal: string;
  readonly chosen?: RunChoice;
}

/**
 * Starts a run with the person's settings and returns its id; starts the host where none is live.
 *
 * @throws HostError what `run/start` refuses; what reading the script throws.
 */
export async function requestRun(
  inbox: Inbox,
  { session, goal, chosen }: WantedRun,
  signal: AbortSignal,
): Promise<string> {
  const request = await runRequest(goal, chosen);
  // Once commands of a run ran unguarded, the workspace admits no first key: this window has to hold one before.
  await inbox.standNow(session, signal);
  return (await session.request("run/start", { request }, signal)).runId;
}
