import type { AssistantMessage, Message } from "../protocol/conversation.ts";
import type { AgentType, TaskType, Usage } from "../protocol/task.ts";

/** A tool as a model sees it. `inputSchema` is JSON Schema, draft 2020-12. */
export interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** Everything one model call depends on. */
export interface ModelRequest {
  readonly agentType: AgentType;
  readonly taskType: TaskType;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDeclaration[];
  readonly maxOutputTokens: number;
  /** How much work the model shall put into the answer, where it can choose; absent: its own default. */
  readonly effort?: Effort;
}

export type Effort = "low" | "medium" | "high";

export interface ModelAnswer {
  readonly message: AssistantMessage;
  readonly usage: Usage;
}

/** The most one call can use; what is set aside for it. `costUsd` is null where no price is known. */
export interface WorstCase {
  readonly tokens: number;
  readonly costUsd: number | null;
}

/** Where answers come from. One per provider and configuration; serves many tasks at once. */
export interface Model {
  /** Shown and journaled: `scripted`, or `endpoint:model`. */
  readonly name: string;
  /** How much it can read and write in one call, in tokens; null: not known. */
  readonly contextTokens: number | null;
  /** Whether it has answers for this agent. One without is as good as absent. */
  serves(agentType: AgentType): boolean;
  worstCase(request: ModelRequest): WorstCase;
  /** How many tokens the request has: counted by the endpoint where it can, else estimated, never too low on purpose. */
  countTokens(request: ModelRequest, signal: AbortSignal): Promise<number>;
  /**
   * Asks once; never tries again by itself. `onText` hears text as it comes, which may be more than what stands in
   * the answer if the call fails.
   *
   * @throws HostError `model.*` (`model.overloaded`, `model.cut`, `model.refused`, …) or `script.exhausted`, with
   * what to do; the signal's reason when it aborts.
   */
  answer(request: ModelRequest, onText: (text: string) => void, signal: AbortSignal): Promise<ModelAnswer>;
}
