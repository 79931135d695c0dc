import { typedEntry } from "../../../agent-host/protocol/events.ts";
import type { DeliveredEntry } from "../../../agent-host/protocol/methods.ts";
import { summaryOf } from "../../../agent-host/protocol/state/fold-run.ts";
import type { RunState } from "../../../agent-host/protocol/state/schemas.ts";
import { teamWords } from "../../../agent-host/protocol/team-words.ts";
import type { FoldableEntry, LinkView, ToTeamView } from "../../../agent-host/protocol/webview.ts";
import { emptyTeamState, reduceTeam, type TeamState } from "../../../webview-ui/team-state.ts";
import type { Language } from "../../../webview-ui/words.ts";
import { startMs, workspaceId } from "../../support/run-fixture.ts";

export const language: Language = { words: teamWords, locale: "en", nowMs: startMs + 75_000 };
export const live: LinkView = { kind: "live" };

export function foldables(entries: readonly DeliveredEntry[]): FoldableEntry[] {
  return entries.flatMap(({ entry, texts }) => {
    const typed = typedEntry(entry);
    return typed === null ? [] : [{ entry: typed, texts }];
  });
}

export function reset(runs: readonly RunState[], shown: RunState | null, link: LinkView = live): ToTeamView {
  return {
    kind: "reset",
    trusted: true,
    folders: [{ workspaceId, name: "shop", link }],
    runs: runs.map((run) => ({ workspaceId, run: summaryOf(run) })),
    shown: shown === null ? null : { workspaceId, run: shown },
    settings: { provider: "offline", profile: "analysis" },
    waiting: [],
  };
}

export function stateAfter(...messages: readonly ToTeamView[]): TeamState {
  return messages.reduce(reduceTeam, emptyTeamState);
}
