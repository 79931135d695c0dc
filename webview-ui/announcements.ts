import { agentNames, fill } from "../agent-host/protocol/display.ts";
import type { RunState } from "../agent-host/protocol/state/schemas.ts";
import { folderOf, type TeamState } from "./team-state.ts";
import { findingsText, type Language, statusWord } from "./words.ts";

export interface Announcement {
  readonly text: string;
  /** Interrupts the reader; only for what needs a person. */
  readonly assertive: boolean;
}

/** What a screen reader is told about a change, or null. Streaming text and numbers are never told. Pure. */
export function announcementOf(before: TeamState, after: TeamState, language: Language): Announcement | null {
  const lost = isHostGone(after) && !isHostGone(before);
  if (lost) return { text: language.words.announceHost, assertive: true };
  const waiting = waitOf(before, after, language);
  if (waiting !== null) return { text: waiting, assertive: true };
  if (before.shown === null || after.shown === null) return null;
  if (before.shown.run.runId !== after.shown.run.runId) return null;
  const text = changeOf(before.shown.run, after.shown.run, language);
  return text === null ? null : { text, assertive: false };
}

/** The first thing that began to wait for this window. */
function waitOf(before: TeamState, after: TeamState, { words }: Language): string | null {
  if (before.waiting === after.waiting || !before.loaded) return null;
  const known = new Set(before.waiting.map(({ id }) => id));
  const fresh = after.waiting.find(({ id, isMine }) => isMine && !known.has(id));
  return fresh === undefined ? null : fill(words.announceWaits, fresh.title);
}

/** Least time between two polite announcements. */
export const announcementPauseMs = 2_000;

function isHostGone(state: TeamState): boolean {
  if (state.shown === null) return false;
  return folderOf(state, state.shown.workspaceId)?.link.kind === "stopped";
}

function changeOf(before: RunState, after: RunState, language: Language): string | null {
  const { words } = language;
  if (before.status !== after.status && after.finishedAt !== null) {
    return fill(words.announceRun, statusWord(after.status, words), findingsText(after.findings, language));
  }
  for (const [index, phase] of after.phases.entries()) {
    const was = before.phases[index]?.status;
    if (was === undefined || was === phase.status) continue;
    if (phase.status === "failed") return fill(words.announcePhaseFailed, phase.phase);
    if (phase.status === "passed" && after.phase === phase.phase) {
      return fill(words.announcePhasePassed, phase.phase);
    }
    if (phase.status === "working") return fill(words.announcePhaseEntered, phase.phase);
  }
  const finished = Object.values(after.tasksById).find(
    (task) => task.finishedAt !== null && before.tasksById[task.taskId]?.finishedAt === null,
  );
  return finished === undefined
    ? null
    : fill(words.announceTask, agentNames[finished.agentType], finished.summary || finished.title);
}
