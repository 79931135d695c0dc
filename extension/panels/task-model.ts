import { instructionOf } from "../../agent-host/protocol/conversation.ts";
import type { ConversationItem } from "../../agent-host/protocol/conversation-item.ts";
import type { RunState, TaskState } from "../../agent-host/protocol/state/schemas.ts";
import type { TaskHeader, TaskMessage, TaskRef } from "../../agent-host/protocol/task-view.ts";

/** What stands above a task's conversation; null for a task that the run does not have. Pure. */
export function taskHeader(ref: TaskRef, run: RunState, isConnected: boolean): TaskHeader | null {
  const task = run.tasksById[ref.taskId];
  if (task === undefined) return null;
  const { title, agentType, phase, attempt, summary, startedAt, finishedAt, usage } = task;
  const isRunOver = run.finishedAt !== null;
  return {
    workspaceId: ref.workspaceId,
    runId: ref.runId,
    taskId: ref.taskId,
    runTitle: run.title,
    ...{ title, agentType, phase, attempt, summary, startedAt, finishedAt, usage },
    status: statusOf(task, run),
    canSteer: !isRunOver && (task.status === "planned" || task.status === "working"),
    isConnected,
  };
}

/** A message as the page shows it: what surrounds an instruction stands apart from it. Pure. */
export function taskMessage(item: ConversationItem): TaskMessage {
  const instruction = item.index === 0 && item.role === "user" ? instructionOf(item.text) : item.text;
  if (instruction === item.text) return { ...item, context: "" };
  return { ...item, text: instruction, context: item.text.replace(instruction, "").trim() };
}

/** Types of entries with which a message of a conversation becomes durable. */
export const messageEntryTypes: ReadonlySet<string> = new Set([
  "model.requested",
  "model.answered",
  "effect.completed",
]);

function statusOf(task: TaskState, { status }: RunState): TaskHeader["status"] {
  if (task.status !== "working") return task.status;
  return status === "running" || status === "waiting" ? "working" : "paused";
}
