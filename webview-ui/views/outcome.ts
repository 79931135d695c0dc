import { fill, formatElapsed, totalFindings } from "../../agent-host/protocol/display.ts";
import type { ShownRun } from "../../agent-host/protocol/webview.ts";
import { type Description, element } from "../dom.ts";
import { button, icon } from "../icons.ts";
import { folderOf, refOf } from "../team-state.ts";
import { findingsText } from "../words.ts";
import type { PageContext } from "./page.ts";

/** How a run ended and the next step; null while it works. */
export function outcome(context: PageContext, shown: ShownRun): Description | null {
  const { run } = shown;
  if (run.status === "running" || run.status === "waiting") return null;
  const { words, nowMs } = context.language;
  const time = formatElapsed(run.createdAt, run.finishedAt, nowMs);
  return element(
    "section.outcome",
    { key: "outcome" },
    run.status === "done" ? element("p.strong", {}, fill(words.finishedIn, time)) : statusBox(context, shown),
    run.status === "done" ? element("p", {}, findingsText(run.findings, context.language)) : null,
    run.undone ? element("p", { key: "undone" }, words.changeUndone) : null,
    element("div.actions", {}, actions(context, shown)),
  );
}

function statusBox({ language }: PageContext, { run }: ShownRun): Description {
  const { words } = language;
  if (run.status === "failed") {
    return element(
      "div.problem-box",
      {},
      icon("error"),
      element(
        "div.grow",
        {},
        element("p.strong", {}, words.runFailed),
        run.reason === null ? null : element("p", {}, run.reason),
        element("p", {}, words.kept),
      ),
    );
  }
  const texts = {
    cancelled: words.runCancelled,
    interrupted: words.runInterrupted,
    paused: fill(words.runPaused, run.reason ?? ""),
  };
  const text = Object.hasOwn(texts, run.status) ? texts[run.status as keyof typeof texts] : "";
  return element("p", {}, text);
}

/** What can be done with the change of a run that ended. */
function changeActions(context: PageContext, shown: ShownRun, disabled: boolean): (Description | false)[] {
  const { words } = context.language;
  const { run } = shown;
  const ref = refOf(shown);
  const hasChange = run.tree !== null && run.tree !== run.baseTree;
  const stands = run.appliedTree !== null && run.appliedTree !== run.baseTree;
  return [
    hasChange &&
      button(words.openChanges, () => context.send({ kind: "openChanges", run: ref }), {
        icon: "diff-multiple",
        disabled,
      }),
    stands &&
      button(words.undoChange, () => context.send({ kind: "undoChange", run: ref }), {
        icon: "discard",
        disabled,
      }),
    hasChange &&
      run.undone &&
      button(words.redoChange, () => context.send({ kind: "redoChange", run: ref }), {
        icon: "redo",
        disabled,
      }),
  ];
}

function actions(context: PageContext, shown: ShownRun): Description[] {
  const { words } = context.language;
  const { run } = shown;
  const canGoOn = run.status === "interrupted" || run.status === "paused";
  const stopped = folderOf(context.state, shown.workspaceId)?.link.kind === "stopped";
  const ref = refOf(shown);
  return [
    canGoOn &&
      button(words.resumeRun, () => context.send({ kind: "resumeRun", run: ref }), {
        look: "primary",
        icon: "debug-start",
        disabled: stopped,
      }),
    run.report !== null &&
      button(words.showReport, () => context.send({ kind: "openReport", run: ref }), {
        look: "primary",
        icon: "open-preview",
        disabled: stopped,
      }),
    ...changeActions(context, shown, stopped),
    totalFindings(run.findings) > 0 &&
      button(words.showProblems, () => context.send({ kind: "showFindings", run: ref }), {
        icon: "warning",
        disabled: stopped,
      }),
    !canGoOn && button(words.newRun, () => context.send({ kind: "showRun", run: null }), { icon: "add" }),
  ].filter((each) => each !== false);
}
