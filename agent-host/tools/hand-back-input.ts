import { badCallMark } from "../protocol/conversation.ts";
import { type PlannedTaskInput, plannedTasksOf, planTasksTool } from "./plan-tasks.ts";
import { type SubmittedResult, submitResultTool, submittedResultOf } from "./submit-result.ts";
import { parseToolInput } from "./tool-input.ts";

export type NormalisedPlan = { readonly tasks: readonly PlannedTaskInput[] } | { readonly problem: string };

export type NormalisedResult = { readonly result: SubmittedResult } | { readonly problem: string };

/** The input of a `plan_tasks` call in one form, or what does not fit, with its place. */
export function normalisePlan(input: unknown): NormalisedPlan {
  const parsed = parseToolInput(planTasksTool, input);
  return parsed.kind === "input" ? { tasks: plannedTasksOf(parsed.input) } : problemOf(parsed.output.text);
}

/** The input of a `submit_result` call in one form, or what does not fit, with its place. */
export function normaliseResult(input: unknown): NormalisedResult {
  const parsed = parseToolInput(submitResultTool, input);
  return parsed.kind === "input"
    ? { result: submittedResultOf(parsed.input) }
    : problemOf(parsed.output.text);
}

function problemOf(text: string): { problem: string } {
  return { problem: text.startsWith(badCallMark) ? text.slice(badCallMark.length) : text };
}
