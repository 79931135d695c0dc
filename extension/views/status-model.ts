import type { RunSummary } from "../../agent-host/protocol/run.ts";
import type { LinkView } from "../../agent-host/protocol/webview.ts";
import type { RowLanguage } from "./tree-row.ts";

export interface FolderStatus {
  readonly name: string;
  readonly link: LinkView;
  readonly runs: readonly RunSummary[];
}

export interface Status {
  /** With codicons. */
  readonly text: string;
  readonly tooltip: string;
  readonly spoken: string;
  readonly isError: boolean;
  /** Of the item when it is clicked. */
  readonly command: string;
}

/** What the status bar says of all folders together; `waiting`: what this window may answer. Pure. */
export function statusOf(
  folders: readonly FolderStatus[],
  { isTrusted, waiting }: { readonly isTrusted: boolean; readonly waiting: number },
  { t }: RowLanguage,
): Status {
  if (!isTrusted) return status("shield", t("Agent Team"), t("Restricted Mode: nothing starts"));
  const stopped = folders.find(({ link }) => link.kind === "stopped");
  if (stopped !== undefined) {
    const message = stopped.link.kind === "stopped" ? stopped.link.message : "";
    return { ...status("error", t("Agent Team: host stopped"), message), isError: true };
  }
  if (folders.some(({ link }) => link.kind === "retrying")) {
    return status(
      "debug-disconnect",
      t("Agent Team: restarting"),
      t("The host stopped and is being restarted"),
    );
  }
  if (waiting > 0) {
    const text =
      waiting === 1 ? t("Agent Team: 1 waits for you") : t("Agent Team: {0} wait for you", waiting);
    return { ...status("bell-dot", text, t("Review what waits")), command: "agentTeam.reviewNext" };
  }
  const running = folders.flatMap(({ runs }) => runs.filter((run) => run.status === "running"));
  const [first] = running;
  if (first === undefined) return status("organization", t("Agent Team"), t("Show the Team view"));
  const what = running.length > 1 ? t("{0} runs", running.length) : runText(first, t("preparing"));
  return status("loading~spin", t("Agent Team: {0}", what), running.map((run) => run.title).join("\n"));
}

function runText(run: RunSummary, preparing: string): string {
  const tasks = run.tasks.total === 0 ? "" : ` ${run.tasks.finished}/${run.tasks.total}`;
  return `${run.phase ?? preparing}${tasks}`;
}

function status(icon: string, text: string, tooltip: string): Status {
  return {
    text: `$(${icon}) ${text}`,
    tooltip,
    spoken: `${text}. ${tooltip}`,
    isError: false,
    command: "agentTeam.team.focus",
  };
}
