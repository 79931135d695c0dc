import { agentIcons, agentNames, formatElapsed, formatUsage } from "../../agent-host/protocol/display.ts";
import type { FromTaskView, TaskHeader } from "../../agent-host/protocol/task-view.ts";
import type { TaskWords } from "../../agent-host/protocol/task-words.ts";
import type { TeamWords } from "../../agent-host/protocol/team-words.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import { type Description, element } from "../dom.ts";
import { button, icon, markIcon } from "../icons.ts";
import type { Mark } from "../timeline-model.ts";
import type { TaskViewState } from "./task-state.ts";

export interface PartsContext {
  readonly state: TaskViewState;
  readonly words: TaskWords;
  readonly teamWords: TeamWords;
  readonly nowMs: number;
  send(message: FromTaskView): void;
  change(part: Partial<Pick<TaskViewState, "draft" | "steering" | "problem">>): void;
}

/** What stands still above the conversation. Pure. */
export function taskHeader({ state, words, teamWords, nowMs, send }: PartsContext): Description[] {
  const { task } = state;
  if (task === null) return [element("p.muted.pad", { key: "loading" }, words.loadingTask)];
  const word = teamWords[task.status];
  return [
    element(
      "div.title",
      { key: "title" },
      icon(agentIcons[task.agentType]),
      element("h1", {}, visible(task.title)),
      button(words.showRun, () => send({ kind: "openRun" }), { look: "link", key: "run" }),
    ),
    element(
      "div.facts.muted",
      { key: "facts" },
      markIcon(marks[task.status], word),
      element("span", {}, [word, ...factsOf(task, { teamWords, nowMs })].join(" · ")),
    ),
    ...(task.summary === "" ? [] : [element("p.summary.muted", { key: "summary" }, visible(task.summary))]),
    ...(task.isConnected
      ? []
      : [element("p.banner.warning", { key: "away" }, icon("debug-disconnect"), words.hostAway)]),
  ];
}

/** Words for the agent, and what became of the last ones. Pure. */
export function steerBox({ state, words, send, change }: PartsContext): Description[] {
  const { task, draft, steering } = state;
  const canSteer = task?.canSteer === true && task.isConnected;
  const isReady = canSteer && steering !== "sending" && draft.trim() !== "";
  const submit = (): void => {
    if (!isReady) return;
    change({ steering: "sending", problem: null });
    send({ kind: "steer", message: draft.trim() });
  };
  return [
    ...problemBox(state),
    element(
      "div.box",
      { key: "box" },
      element("textarea", {
        key: "words",
        attributes: {
          rows: 1,
          value: draft,
          maxlength: 20_000,
          placeholder: canSteer || task === null ? words.saySomething : words.cannotSteer,
          "aria-label": words.saySomething,
          disabled: !canSteer,
        },
        on: {
          input: (event) => change({ draft: (event.target as HTMLTextAreaElement).value }),
          keydown: (event) => onKey(event as KeyboardEvent, submit),
        },
      }),
      button(words.sendWords, submit, { look: "primary", disabled: !isReady, key: "send" }),
    ),
    element(
      "p.muted.small.note",
      { key: "note", attributes: { role: "status" } },
      steering === "queued" ? words.wordsQueued : "",
    ),
  ];
}

const marks: Readonly<Record<TaskHeader["status"], Mark>> = {
  planned: "waiting",
  working: "working",
  paused: "paused",
  done: "passed",
  failed: "failed",
  refused: "failed",
  cancelled: "cancelled",
};

function factsOf(
  task: TaskHeader,
  { teamWords, nowMs }: Pick<PartsContext, "teamWords" | "nowMs">,
): string[] {
  const { agentType, phase, attempt, startedAt, finishedAt, status, usage } = task;
  const isTimed = startedAt !== null && (finishedAt !== null || status === "working");
  return [
    agentNames[agentType],
    phase,
    attempt > 1 ? teamWords.attempt.replace("{0}", String(attempt)) : "",
    isTimed ? formatElapsed(startedAt, finishedAt, nowMs) : "",
    formatUsage(usage, teamWords.noPrice),
  ].filter((fact) => fact !== "");
}

function problemBox({ problem }: TaskViewState): Description[] {
  if (problem === null) return [];
  return [
    element(
      "div.problem-box",
      { key: "problem", attributes: { role: "alert" } },
      icon("error"),
      element(
        "div",
        {},
        element("p", {}, visible(problem.message)),
        problem.hint === null ? null : element("p", {}, visible(problem.hint)),
        problem.code === null ? null : element("p.code", {}, problem.code),
      ),
    ),
  ];
}

function onKey(event: KeyboardEvent, submit: () => void): void {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
}
