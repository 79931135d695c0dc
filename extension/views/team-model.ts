import { agentNames } from "../../agent-host/protocol/display.ts";
import { typedEntry } from "../../agent-host/protocol/events.ts";
import type { DeliveredEntry } from "../../agent-host/protocol/methods.ts";
import type { RunSummary } from "../../agent-host/protocol/run.ts";
import type {
  FoldableEntry,
  FolderView,
  LinkView,
  RunRef,
  RunRow,
  WaitingLine,
} from "../../agent-host/protocol/webview.ts";
import type { WaitingItem } from "../inbox/waiting-item.ts";
import type { Translate } from "./tree-row.ts";

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
const maxRunRows = 500;

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
 * The run to show when the page is filled. What a person chose since the view was made (`chosen`, null for the
 * list) stays; else it is the newest run under way, else what an earlier page showed (`before`). No host is
 * started only to show an old run again.
 */
export function runToShow(
  folders: readonly FolderFacts[],
  { chosen, before }: { readonly chosen: RunRef | null | undefined; readonly before: RunRef | null },
): RunRef | null {
  if (chosen === null || (chosen !== undefined && isAtHand(folders, chosen))) return chosen;
  const running = runRows(folders).find(({ run }) => run.status === "running");
  if (running !== undefined) return { workspaceId: running.workspaceId, runId: running.run.runId };
  return before !== null && isAtHand(folders, before) ? before : null;
}

function isAtHand(folders: readonly FolderFacts[], { workspaceId, runId }: RunRef): boolean {
  const folder = folders.find((each) => each.workspaceId === workspaceId);
  if (folder === undefined || !folder.state.runs.has(runId)) return false;
  return folder.state.details.has(runId) || folder.link.view.kind === "live";
}

/** What waits over all folders, oldest first, at most `maxWaitingLines`. Pure. */
export function waitingLines(
  inbox: { readonly items: readonly WaitingItem[]; isMine(item: WaitingItem): boolean },
  t: Translate,
): WaitingLine[] {
  return inbox.items.slice(0, maxWaitingLines).map((item) => {
    const { workspaceId, runId, id, since } = item;
    return { workspaceId, runId, id, since, isMine: inbox.isMine(item), ...waitingText(item, t) };
  });
}

const maxWaitingLines = 200;

function waitingText(item: WaitingItem, t: Translate): Pick<WaitingLine, "title" | "detail"> {
  if (item.kind === "gate") return { title: t("Gate: {0}", item.gate.subject.phase), detail: "" };
  const { agentType, tool, facts } = item.approval.subject;
  const title = agentType === null ? tool : `${agentNames[agentType]}: ${tool}`;
  return { title, detail: facts[0] ?? "" };
}

/** An entry the page can fold without schemas; null for one that changes no run. */
export function foldable({ entry, texts }: DeliveredEntry): FoldableEntry | null {
  const typed = typedEntry(entry);
  return typed === null ? null : { entry: typed, texts };
}
