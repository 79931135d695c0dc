import type { HostError } from "../core/host-error.ts";
import type { TaskResult } from "../protocol/task.ts";
import type { AgentContext, AgentEvent } from "./agent.ts";

/** Payload of `task.assign`. */
export interface TaskAssignment {
  readonly context: AgentContext;
}

/** Payload of `task.progress`. */
export interface TaskProgress {
  readonly event: AgentEvent;
}

/** Payload of `task.result`. */
export type TaskReply =
  | { readonly kind: "answered"; readonly result: TaskResult; readonly summary: string }
  | { readonly kind: "failed"; readonly error: HostError };
