import { fill, formatCount, formatTime } from "../../agent-host/protocol/display.ts";
import type { ShownRun } from "../../agent-host/protocol/webview.ts";
import { type Description, element } from "../dom.ts";
import { button, icon, markIcon } from "../icons.ts";
import { type PhaseBlock, type TaskBlock, timelineOf, timelineOptions } from "../timeline-model.ts";
import { outcome } from "./outcome.ts";
import type { PageContext } from "./page.ts";

/** Goal, phases and tasks of a run, oldest first. */
export function timeline(context: PageContext, shown: ShownRun): Description {
  const { words } = context.language;
  const { run } = shown;
  const phases = timelineOf(run, timelineOptions(context.state, context.local), context.language);
  const busy = run.status === "running" ? "true" : "false";
  return element(
    "section.timeline",
    { key: "timeline", attributes: { "data-part": "timeline" } },
    element(
      "div.scroller",
      {
        key: "scroller",
        attributes: { id: "scroller", tabindex: 0, role: "region", "aria-label": words.timeline },
      },
      element(
        "div.feed",
        { attributes: { role: "feed", "aria-busy": busy, "aria-label": words.timeline } },
        goalArticle(context, shown, phases.length + 1),
        phases.map((phase, index) =>
          phaseArticle(phase, shown, { ...context, place: [index + 2, phases.length + 1] }),
        ),
      ),
      outcome(context, shown),
    ),
    context.newBelow === 0
      ? null
      : button(fill(words.newBelow, context.newBelow), context.toEnd, {
          icon: "arrow-down",
          key: "new-below",
        }),
  );
}

function goalArticle({ language }: PageContext, { run }: ShownRun, size: number): Description {
  const { words, locale } = language;
  return element(
    "article.goal",
    { key: "goal", attributes: { "aria-posinset": 1, "aria-setsize": size, "data-anchor": "goal" } },
    element(
      "div.line",
      {},
      icon("account"),
      element("span.grow.strong", {}, words.you),
      element("span.muted", {}, formatTime(run.createdAt, locale)),
    ),
    element("p.text", {}, run.goal || run.title || words.untitledRun),
  );
}

function phaseArticle(
  phase: PhaseBlock,
  shown: ShownRun,
  context: PageContext & { readonly place: readonly [number, number] },
): Description {
  const [position, size] = context.place;
  const id = `phase-${phase.phase}`;
  return element(
    "article.phase",
    {
      key: phase.phase,
      attributes: {
        "aria-posinset": position,
        "aria-setsize": size,
        "aria-busy": phase.mark === "working" ? "true" : "false",
        "aria-labelledby": id,
        "data-anchor": phase.phase,
      },
    },
    element(
      "button.row",
      {
        attributes: {
          type: "button",
          id,
          "aria-expanded": phase.open ? "true" : "false",
          "data-row": "phase",
        },
        on: {
          click: () => context.togglePhase(phase.phase, !phase.open),
          keydown: (event) => onPhaseKey(event as KeyboardEvent, phase, context),
        },
      },
      icon(phase.open ? "chevron-down" : "chevron-right"),
      markIcon(phase.mark, phase.word),
      element("span.label.strong", {}, phase.phase),
      element("span.detail", {}, phase.detail),
    ),
    phase.tasks.map((task) => taskArticle(task, shown, context)),
    phase.failures.map((failure) => element("p.failure", { key: failure }, icon("error"), failure)),
  );
}

function onPhaseKey(event: KeyboardEvent, phase: PhaseBlock, context: PageContext): void {
  const opens = event.key === "ArrowRight";
  if (!opens && event.key !== "ArrowLeft") return;
  event.preventDefault();
  if (phase.open !== opens) context.togglePhase(phase.phase, opens);
}

function taskArticle(task: TaskBlock, { workspaceId, run }: ShownRun, context: PageContext): Description {
  const { taskId } = task;
  const open = (): void => context.send({ kind: "openTask", run: { workspaceId, runId: run.runId }, taskId });
  return element(
    "article.task",
    {
      key: task.taskId,
      attributes: {
        "aria-busy": task.mark === "working" ? "true" : "false",
        "aria-label": `${task.agent}: ${task.title}`,
        "data-anchor": task.taskId,
      },
    },
    element(
      "div.line.head",
      { attributes: { title: `${task.agent} · ${task.title}` } },
      icon(task.agentIcon),
      element("span.agent", {}, task.agent),
      element(
        "button.link.task-title",
        { attributes: { type: "button" }, on: { click: open } },
        element("span", {}, task.title),
      ),
      markIcon(task.mark, task.word),
      element("span.time", {}, task.time),
    ),
    task.progress === null ? null : progressLine(task, context),
    task.text === "" ? null : element("p.text", {}, task.text),
  );
}

function progressLine({ progress, title }: TaskBlock, { language }: PageContext): Description | null {
  if (progress === null) return null;
  const { done, total, stage } = progress;
  const count =
    total === 0
      ? formatCount(done, language.locale)
      : `${formatCount(done, language.locale)} / ${formatCount(total, language.locale)}`;
  return element(
    "div.progress",
    {},
    element(
      "div.line.small",
      {},
      element("span.grow", {}, stage),
      done + total === 0 ? null : element("span", {}, count),
    ),
    total === 0
      ? null
      : element("progress", {
          attributes: { max: total, value: Math.min(done, total), "aria-label": title },
        }),
  );
}
