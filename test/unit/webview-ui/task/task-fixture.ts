import type { TaskHeader, TaskMessage } from "../../../../agent-host/protocol/task-view.ts";
import type { Child, Description } from "../../../../webview-ui/dom.ts";
import { runId, workspaceId } from "../../../support/run-fixture.ts";

export const task: TaskHeader = {
  ...{ workspaceId, runId, taskId: "t-bye", title: "Say goodbye", runTitle: "Add a farewell" },
  ...{ agentType: "back-end-coder", phase: "implementation", status: "working", attempt: 1, summary: "" },
  ...{ startedAt: "2026-03-04T10:00:00.000Z", finishedAt: null, canSteer: true, isConnected: true },
  usage: { inputTokens: 1_000, outputTokens: 100, costUsd: 0.2 },
};

export function message(
  index: number,
  role: TaskMessage["role"],
  more: Partial<TaskMessage> = {},
): TaskMessage {
  const time = new Date(Date.parse("2026-03-04T10:00:00.000Z") + index * 1_000).toISOString();
  return { index, seq: index + 1, time, attempt: 1, role, text: `text ${index}`, context: "", ...more };
}

export function textOf({ children }: Pick<Description, "children">): string {
  return children
    .map((child) => (typeof child === "string" ? child : textOf(child)))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

export function elementsOf(children: readonly Child[]): Description[] {
  return children.flatMap((child) =>
    typeof child === "string" ? [] : [child, ...elementsOf(child.children)],
  );
}
