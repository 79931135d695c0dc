import type { Phase, Profile } from "../../agent-host/protocol/phase.ts";
import type { FromTeamView } from "../../agent-host/protocol/webview.ts";
import type { Child } from "../dom.ts";
import type { LocalState } from "../local-state.ts";
import type { TeamState } from "../team-state.ts";
import type { Language } from "../words.ts";
import { composer } from "./composer.ts";
import { emptyPage, loadingPage, noFolderPage, restrictedPage } from "./empty-pages.ts";
import { notices } from "./notices.ts";
import { runHeader } from "./run-header.ts";
import { runList } from "./run-list.ts";
import { steering } from "./steering.ts";
import { timeline } from "./timeline.ts";
import { waitingBar } from "./waiting-bar.ts";

/** Everything a part of the page may look at and do. */
export interface PageContext {
  readonly state: TeamState;
  readonly local: LocalState;
  readonly language: Language;
  /** A run was asked for and has not appeared yet. */
  readonly starting: boolean;
  readonly cancelling: boolean;
  /** Articles below the edge that came while the reader was further up. */
  readonly newBelow: number;
  send(message: FromTeamView): void;
  change(part: Partial<LocalState>): void;
  /** `profile` in place of the chosen one. */
  start(goal: string, profile?: Profile): void;
  togglePhase(phase: Phase, open: boolean): void;
  toEnd(): void;
  dismissProblem(): void;
}

/** The whole Team view as one description. Pure. */
export function teamPage(context: PageContext): Child[] {
  const { state } = context;
  if (!state.loaded) return [loadingPage(context)];
  if (!state.trusted) return [restrictedPage(context)];
  if (state.folders.length === 0) return [noFolderPage(context)];
  if (state.shown !== null) {
    const parts = [
      runHeader(context, state.shown),
      waitingBar(context, state.shown),
      timeline(context, state.shown),
      steering(context, state.shown),
    ];
    return [...notices(context), ...parts.filter((part) => part !== null)];
  }
  const below = state.runs.size === 0 ? emptyPage(context) : runList(context);
  return [...notices(context), composer(context), below];
}
