import { typedEntry } from "../../agent-host/protocol/events.ts";
import type { DeliveredEntry } from "../../agent-host/protocol/methods.ts";
import type { RunSummary } from "../../agent-host/protocol/run.ts";
import type {
  FoldableEntry,
  FolderView,
  LinkView,
  RunRef,
  RunRow,
} from "../../agent-host/protocol/webview.ts";

/** What the models below need of a folder's session. */
export interface FolderFacts {
  readonly workspaceId: string;
  readonly name: string;
  readonly link: { readonly view: LinkView };
  readonly state: {
    readonly runs: ReadonlyMap<string, RunSummary>;
    readonly details: ReadonlyMap<string, unknown>;
  };
}

/** Lines sent to the view; the trees have the others. */
export const maxRunRows = 500;

export function folderViews(folders: readonly FolderFacts[]): FolderView[] {
  return folders.map(({ workspaceId, name, link }) => ({ workspaceId, name, link: link.view }));
}

/** Newest first, over all folders. */
export function runRows(folders: readonly FolderFacts[]): RunRow[] {
  return folders
    .flatMap(({ workspaceId, state }) => [...state.runs.values()].map((run) => ({ workspaceId, run })))
    .sort((one, other) => other.run.createdAt.localeCompare(one.run.createdAt))
    .slice(0, maxRunRows);
}

/**
 * The run to show when the view opens: the newest one under way, else what it showed before, if that can be had
 * without starting a host.
 */
export function runToShow(folders: readonly FolderFacts[], before: RunRef | null): RunRef | null {
  const running = runRows(folders).find(({ run }) => run.status === "running");
  if (running !== undefined) return { workspaceId: running.workspaceId, runId: running.run.runId };
  const folder = folders.find(({ workspaceId }) => workspaceId === before?.workspaceId);
  if (folder === undefined || before === null || !folder.state.runs.has(before.runId)) return null;
  const isAtHand = folder.state.details.has(before.runId) || folder.link.view.kind === "live";
  return isAtHand ? before : null;
}

/** An entry the page can fold without schemas; null for one that changes no run. */
export function foldable({ entry, texts }: DeliveredEntry): FoldableEntry | null {
  const typed = typedEntry(entry);
  return typed === null ? null : { entry: typed, texts };
}
