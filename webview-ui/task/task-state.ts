import type { TaskHeader, TaskMessage, ToTaskView } from "../../agent-host/protocol/task-view.ts";
import type { ProblemView } from "../../agent-host/protocol/webview.ts";

/** What the page knows of its task. Messages by index; those that are not here are asked for when they come in sight. */
export interface TaskViewState {
  readonly task: TaskHeader | null;
  /** null until the first messages came. */
  readonly total: number | null;
  readonly messages: ReadonlyMap<number, TaskMessage>;
  readonly problem: ProblemView | null;
  readonly draft: string;
  /** `sending`: on its way to the host; `queued`: durable, the agent reads it before its next step. */
  readonly steering: "none" | "sending" | "queued";
  /** Calls and contexts that a person opened, by key. */
  readonly open: ReadonlySet<string>;
  /** Index of the message that was copied last; null a moment later. */
  readonly copied: number | null;
}

export const emptyTaskState: TaskViewState = {
  task: null,
  total: null,
  messages: new Map(),
  problem: null,
  draft: "",
  steering: "none",
  open: new Set(),
  copied: null,
};

/** Most messages kept here; those farthest from what was just told go first. */
export const maxKeptMessages = 3_000;

/** What the page knows after a message of the extension. Streamed text is not part of it. Pure. */
export function reduceTask(state: TaskViewState, message: ToTaskView): TaskViewState {
  switch (message.kind) {
    case "task":
      return { ...state, task: message.task };
    case "messages":
      return withMessages(state, message);
    case "steered":
      return { ...state, steering: "queued", draft: "" };
    case "problem":
      return {
        ...state,
        problem: message.problem,
        steering: message.problem === null || state.steering === "queued" ? state.steering : "none",
      };
    case "text":
      return state;
  }
}

/** Pages of messages that are missing between two indexes, as the index before which each ends. */
export function missingPages(
  { total, messages }: Pick<TaskViewState, "total" | "messages">,
  { from, to }: { readonly from: number; readonly to: number },
): number[] {
  const pages = new Set<number>();
  for (let index = Math.max(0, from); index < Math.min(to, total ?? 0); index += 1) {
    if (messages.has(index)) continue;
    pages.add(Math.min(total ?? 0, (Math.floor(index / pageSize) + 1) * pageSize));
  }
  return [...pages];
}

/** Messages of one page, as the extension asks for them. */
export const pageSize = 100;

function withMessages(
  state: TaskViewState,
  { total, messages }: Extract<ToTaskView, { kind: "messages" }>,
): TaskViewState {
  const all = new Map(state.messages);
  for (const each of messages) all.set(each.index, each);
  const near = messages[0]?.index ?? total;
  const toldNow = new Set(messages.map(({ index }) => index));
  if (all.size > maxKeptMessages) {
    const byDistance = [...all.keys()]
      .filter((index) => !toldNow.has(index))
      .sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    for (const index of byDistance.slice(0, all.size - maxKeptMessages)) all.delete(index);
  }
  const heard =
    state.steering === "queued" && messages.some(({ index, role }) => isNewWord(index, role, state));
  return { ...state, total, messages: all, steering: heard ? "none" : state.steering };
}

function isNewWord(index: number, role: TaskMessage["role"], { total }: TaskViewState): boolean {
  return role === "user" && total !== null && index >= total;
}
