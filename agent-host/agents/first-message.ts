import { contextMark, type UserMessage } from "../protocol/conversation.ts";
import type { AgentContext } from "./agent.ts";

// Enough for the results of a handful of tasks; more would crowd out the work itself.
const maxInputCharacters = 6_000;
const maxInputs = 8;
const maxGoalCharacters = 8_000;

/** What a task's conversation begins with: the instruction, then the goal, what earlier tasks found, what to hand back. */
export function firstMessage(context: AgentContext, handBack: string): UserMessage {
  const { task } = context.taskSpec;
  const parts = [aboutTask(context), goalOf(context.goal), ...inputsOf(context), handBack];
  return { role: "user", text: `${task}${contextMark}${parts.join("\n\n")}\n</context>` };
}

function aboutTask({ taskSpec }: AgentContext): string {
  const { taskId, taskType, phase, scope } = taskSpec;
  const paths =
    scope.paths.length === 0 ? "" : `\nFiles of this task: ${scope.paths.slice(0, 50).join(", ")}`;
  return `Task ${taskId} (${taskType}) in phase ${phase}.${paths}`;
}

function goalOf(goal: string): string {
  return `<goal>\n${shortened(goal, maxGoalCharacters)}\n</goal>`;
}

function inputsOf({ inputs }: AgentContext): string[] {
  const shown = [...inputs].slice(0, maxInputs).map(([taskType, content]) => {
    return `<result of="${taskType}">\n${shortened(textOf(content), maxInputCharacters)}\n</result>`;
  });
  const left = inputs.size - shown.length;
  return left > 0 ? [...shown, `[${left} more results are left out]`] : shown;
}

function textOf(content: unknown): string {
  return typeof content === "string" ? content : (JSON.stringify(content) ?? "");
}

function shortened(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  // Not through the middle of a surrogate pair.
  const cut = text.slice(0, maxCharacters).replace(/[\uD800-\uDBFF]$/, "");
  return `${cut}\n[${text.length - cut.length} more characters are left out]`;
}
