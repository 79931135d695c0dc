import type { FromTaskView, ToTaskView } from "../../agent-host/protocol/task-view.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

/** The only way in and out of the task page. */
export interface TaskBridge {
  send(message: FromTaskView): void;
  /** Words that were being written before the page was closed. */
  readonly draft: string;
  keepDraft(draft: string): void;
}

/** Connects the page to its extension; `receive` gets only messages of a known kind. Called once. */
export function connectTask(receive: (message: ToTaskView) => void): TaskBridge {
  const editor = acquireVsCodeApi();
  window.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (isToTaskView(event.data)) receive(event.data);
  });
  return {
    send: (message) => editor.postMessage(message),
    draft: draftIn(editor.getState()),
    keepDraft: (draft) => editor.setState({ ...objectOf(editor.getState()), draft }),
  };
}

/** What is inside was parsed by schema, or made, where it entered the extension. */
export function isToTaskView(message: unknown): message is ToTaskView {
  if (typeof message !== "object" || message === null) return false;
  const { kind, task, messages, total, text, part, problem } = message as Readonly<Record<string, unknown>>;
  switch (kind) {
    case "task":
      return typeof task === "object" && task !== null;
    case "messages":
      return Array.isArray(messages) && typeof total === "number";
    case "text":
      return typeof text === "string" && typeof part === "number";
    case "steered":
      return true;
    case "problem":
      return typeof problem === "object";
    default:
      return false;
  }
}

function draftIn(saved: unknown): string {
  const { draft } = objectOf(saved) as { draft?: unknown };
  return typeof draft === "string" ? draft : "";
}

function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
