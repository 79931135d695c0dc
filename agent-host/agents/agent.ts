import type { ReportChange } from "../analysis/report/report-input.ts";
import type { ToolDeclaration } from "../models/model.ts";
import type { AssistantMessage, Message, ToolCall, ToolResult } from "../protocol/conversation.ts";
import type { Finding } from "../protocol/finding.ts";
import type { Phase, Profile } from "../protocol/phase.ts";
import type { Provider } from "../protocol/run.ts";
import type { AgentType, TaskResult, TaskSpec, TaskType } from "../protocol/task.ts";
import type { ContextPart } from "../team/run-setup.ts";

/**
 * What an agent with a model works through, bound to one attempt of one task. Every call is decided, paid for and
 * journaled by the host before the agent sees its outcome; a remote agent gets the same over the hub.
 */
export interface TaskDesk {
  readonly tools: readonly ToolDeclaration[];
  readonly system: string;
  /** The conversation as far as it is durable; empty for a new attempt. A resumed task goes on from here. */
  conversation(signal: AbortSignal): Promise<readonly Message[]>;
  /** Words of a person that came since the last call, oldest first. */
  steering(): Promise<readonly string[]>;
  /** Asks the model. The answer is durable when this resolves. */
  ask(messages: readonly Message[], signal: AbortSignal): Promise<AssistantMessage>;
  /**
   * Carries out a tool call, or says why not. The result is durable when this resolves. `final` is set when the call
   * ended the task.
   */
  use(
    call: ToolCall,
    place: { turn: number; index: number },
    signal: AbortSignal,
  ): Promise<{ result: ToolResult; final: AgentAnswer | null }>;
}

/** Everything an agent knows when it starts a task. */
export interface AgentContext {
  readonly taskSpec: TaskSpec;
  /** Root of the workspace, an absolute path. */
  readonly root: string;
  /** Folder of the run in the state folder; deliveries are written there. */
  readonly runFolder: string;
  /** What the run is for, in the person's words. */
  readonly goal: string;
  /** Results of the tasks this one waits for, by task type. */
  readonly inputs: ReadonlyMap<TaskType, unknown>;
  /** What the workspace says to whoever works in it, and what the person attached; empty without a model. */
  readonly surroundings: readonly ContextPart[];
  /** Set for task types that are done with a model. */
  readonly desk: TaskDesk | null;
  /** All of the run's tasks so far, for the report. */
  readonly overview: RunOverview;
}

/** What the report says of the run itself. */
export interface RunOverview {
  /** What the run changed so far; null for one that works without a model. */
  readonly change: ReportChange | null;
  readonly runId: string;
  readonly profile: Profile;
  readonly provider: Provider;
  readonly createdAt: string;
  readonly phases: readonly { readonly phase: Phase; readonly decision: string }[];
  readonly tasks: readonly OverviewTask[];
}

export interface OverviewTask {
  readonly title: string;
  readonly agentType: AgentType;
  readonly phase: string;
  readonly status: string;
  readonly summary: string;
  readonly ms: number | null;
}

/** What an agent says while it works. */
export type AgentEvent =
  | { readonly kind: "progress"; readonly stage: string; readonly done: number; readonly total: number }
  | { readonly kind: "findings"; readonly findings: readonly Finding[] };

/** What an agent hands back; the runtime adds task, agent and time. */
export type AgentAnswer = Pick<TaskResult, "content" | "confidence" | "sources" | "metadata"> & {
  /** One line in numbers, without words of the user. */
  readonly summary: string;
};

/**
 * A member of the team: `(context, emit, signal) → answer`. It changes nothing but what its task type allows,
 * stops soon after the signal aborts, and throws a `HostError` when it cannot do what was asked.
 */
export interface Agent {
  readonly agentType: AgentType;
  readonly taskTypes: readonly TaskType[];
  run(context: AgentContext, emit: (event: AgentEvent) => void, signal: AbortSignal): Promise<AgentAnswer>;
}
