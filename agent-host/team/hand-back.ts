import type { AgentAnswer } from "../agents/agent.ts";
import { HostError } from "../core/host-error.ts";
import { badCallMark, type ToolCall, type ToolResult } from "../protocol/conversation.ts";
import type { Actor } from "../protocol/journal.ts";
import type { TaskSpec } from "../protocol/task.ts";
import type { NormalisedPlan, NormalisedResult } from "../tools/hand-back-input.ts";
import type { Planner } from "./planner.ts";
import type { RunSetup } from "./run-setup.ts";

/** Reads what a model hands back; lenient in spelling, strict in meaning. */
export interface HandBackInput {
  plan(input: unknown): NormalisedPlan;
  result(input: unknown): NormalisedResult;
}

export interface HandBackOptions {
  readonly setup: RunSetup;
  readonly spec: TaskSpec;
  readonly actor: Actor;
  readonly planner: Planner;
  readonly input: HandBackInput;
}

/** They end a task once they are taken; taken twice they change nothing the second time. */
export const handBackTools: ReadonlySet<string> = new Set(["plan_tasks", "submit_result"]);

/** Only these judge the work of others. */
const reviewTypes: ReadonlySet<string> = new Set(["review.changes", "verification.check"]);

/** What ends a task: a plan that is accepted, or a result. Both are checked by the program before they count. */
export class HandBack {
  private readonly options: HandBackOptions;
  private refusals = 0;

  constructor(options: HandBackOptions) {
    this.options = options;
  }

  takes(tool: string): boolean {
    return handBackTools.has(tool);
  }

  /** @throws HostError `plan.refused` when the plan was refused once more than the rules allow. */
  async take(
    call: ToolCall,
    effectId: string,
    signal: AbortSignal,
  ): Promise<{ result: ToolResult; final: AgentAnswer | null }> {
    signal.throwIfAborted();
    const outcome = call.name === "plan_tasks" ? await this.plan(call) : this.submit(call);
    const isError = outcome.final === null;
    const result: ToolResult = { toolCallId: call.id, text: outcome.text, isError };
    const { log } = this.options.setup;
    const kept = await log.keep(JSON.stringify(result));
    await log.record([
      {
        type: "effect.completed",
        taskId: this.options.spec.taskId,
        actor: this.options.actor,
        outcome: isError ? "failed" : "ok",
        data: { effectId, tool: call.name, result: kept, isError, durationMs: 0 },
      },
    ]);
    return { result, final: outcome.final };
  }

  private async plan(call: ToolCall): Promise<{ text: string; final: AgentAnswer | null }> {
    const { input, planner, spec, setup } = this.options;
    const read = input.plan(call.input);
    if ("problem" in read) return { text: `${badCallMark}${read.problem}`, final: null };
    const outcome = await planner.plan(read.tasks, spec.phase);
    if (outcome.kind !== "planned") {
      this.refusals += 1;
      const { replans } = setup.pinned.rules.limits;
      if (this.refusals > replans) {
        throw new HostError("plan.refused", `The plan was refused by ${outcome.rule}: ${outcome.reason}`, {
          hint: `It was made ${this.refusals} times; limits.replans in rules.yaml allows ${replans} more tries`,
        });
      }
      return {
        text: `The plan was refused by ${outcome.rule}: ${outcome.reason}. Make it anew.`,
        final: null,
      };
    }
    const count = outcome.taskIds.length;
    const summary = `${count} ${count === 1 ? "task" : "tasks"} planned`;
    const content = { summary, notes: [], planned: [...outcome.taskIds] };
    return {
      text: summary,
      final: { content, confidence: 1, sources: [], metadata: {}, summary },
    };
  }

  private submit(call: ToolCall): { text: string; final: AgentAnswer | null } {
    const read = this.options.input.result(call.input);
    if ("problem" in read) return { text: `${badCallMark}${read.problem}`, final: null };
    if (this.options.spec.taskType === "planning.plan" && !this.hasPlan()) {
      return { text: "There is no plan yet: call plan_tasks.", final: null };
    }
    const { confidence, sources, verdict, findings, ...work } = read.result;
    const isReview = reviewTypes.has(this.options.spec.taskType);
    const content = isReview ? { ...work, verdict: verdict ?? "none", findings: findings ?? [] } : work;
    const final = { content, confidence, sources, metadata: {}, summary: "handed back" };
    return { text: "Taken.", final };
  }

  private hasPlan(): boolean {
    const { tasksById } = this.options.setup.log.state;
    return Object.values(tasksById).some((task) => task.phase === "implementation");
  }
}
