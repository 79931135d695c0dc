import type { Finding } from "../protocol/finding.ts";
import type { Phase, Profile } from "../protocol/phase.ts";
import type { Provider } from "../protocol/run.ts";
import type { AgentType, TaskResult, TaskSpec, TaskType } from "../protocol/task.ts";

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
  /** All of the run's tasks so far, for the report. */
  readonly overview: RunOverview;
}

/** What the report says of the run itself. */
export interface RunOverview {
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
