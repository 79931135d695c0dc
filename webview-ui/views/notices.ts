import { fill } from "../../agent-host/protocol/display.ts";
import type { FolderView } from "../../agent-host/protocol/webview.ts";
import { type Description, element } from "../dom.ts";
import { button, icon, iconButton, markIcon } from "../icons.ts";
import { folderOf } from "../team-state.ts";
import type { PageContext } from "./page.ts";

/** At most one bar for a host that is gone and one box for the last refusal. */
export function notices(context: PageContext): Description[] {
  const { state } = context;
  const folder =
    state.shown === null
      ? state.folders.find((each) => each.link.kind === "stopped" || each.link.kind === "retrying")
      : folderOf(state, state.shown.workspaceId);
  const bar = folder === undefined ? null : hostBar(folder, context);
  const box = problemBox(context);
  return [bar, otherRunBar(context), box].filter((each) => each !== null);
}

function hostBar({ link }: FolderView, context: PageContext): Description | null {
  const { words } = context.language;
  const showLog = button(words.showLog, () => context.send({ kind: "command", command: "showLogs" }), {
    look: "link",
  });
  if (link.kind === "retrying") {
    return element(
      "div.banner.warning",
      { key: "host" },
      icon("debug-disconnect"),
      element("span.grow", {}, fill(words.hostStopped, link.attempt, link.of)),
      showLog,
    );
  }
  if (link.kind !== "stopped") return null;
  const run = context.state.shown?.run;
  const seq = run?.finishedAt === null ? run.lastSeq : undefined;
  return element(
    "section.problem",
    { key: "host", attributes: { "data-part": "host" } },
    element(
      "div.problem-box",
      {},
      icon("error"),
      element(
        "div.grow",
        {},
        element("p.strong", {}, words.hostGone),
        element("p", {}, link.message),
        link.hint === null ? null : element("p", {}, link.hint),
        seq === undefined ? null : element("p", {}, fill(words.nothingLost, seq)),
      ),
    ),
    element(
      "div.actions",
      {},
      button(words.restartHost, () => context.send({ kind: "command", command: "restartHost" }), {
        look: "primary",
        icon: "refresh",
      }),
      button(words.showLog, () => context.send({ kind: "command", command: "showLogs" })),
    ),
  );
}

/** While a finished run is read, the one that works now is one step away; it never takes the place by itself. */
function otherRunBar({ state, language, send }: PageContext): Description | null {
  if (state.shown === null || state.shown.run.finishedAt === null) return null;
  const other = [...state.runs.values()].find(({ run }) => run.status === "running");
  if (other === undefined) return null;
  const { words } = language;
  const ref = { workspaceId: other.workspaceId, runId: other.run.runId };
  return element(
    "div.banner",
    { key: "other" },
    markIcon("working", words.working),
    element("span.grow.label", {}, fill(words.otherWorks, other.run.title || words.untitledRun)),
    button(words.show, () => send({ kind: "showRun", run: ref }), { look: "link" }),
  );
}

function problemBox({ state, language, dismissProblem }: PageContext): Description | null {
  const { problem } = state;
  if (problem === null) return null;
  return element(
    "section.problem",
    { key: "problem", attributes: { role: "alert" } },
    element(
      "div.problem-box",
      {},
      icon("error"),
      element(
        "div.grow",
        {},
        element("p.strong", {}, problem.message),
        problem.hint === null ? null : element("p", {}, problem.hint),
        problem.code === null ? null : element("p.code", {}, problem.code),
      ),
      iconButton("close", language.words.dismiss, dismissProblem),
    ),
  );
}
