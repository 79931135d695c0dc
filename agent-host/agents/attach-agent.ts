import type { Clock } from "../core/clock.ts";
import { type Disposable, disposable } from "../core/disposable.ts";
import { isFullDisk } from "../core/durable-file.ts";
import { HostError, isHostError, messageOf } from "../core/host-error.ts";
import type { Hub } from "../hub/router.ts";
import type { AgentMessage } from "../protocol/message.ts";
import { noUsage } from "../protocol/task.ts";
import type { Agent, AgentEvent } from "./agent.ts";
import type { TaskAssignment, TaskProgress, TaskReply } from "./task-messages.ts";

export interface AttachAgentOptions {
  readonly hub: Hub;
  readonly agentId: string;
  readonly clock: Clock;
  /** An error that is not ours; the leader gets only its message. */
  onUnexpectedError(error: unknown): void;
}

/**
 * Puts an agent on the hub under its id: it acknowledges an assignment at once, works, and sends progress and
 * the result to whoever assigned it.
 */
export function attachAgent(agent: Agent, options: AttachAgentOptions): Disposable {
  const working = new Map<string, AbortController>();
  const attachment = options.hub.attach(options.agentId, (message) => {
    if (message.type === "task.cancel") {
      working.get(message.correlationId)?.abort(new HostError("task.cancelled", "The task was cancelled"));
      return;
    }
    if (message.type !== "task.assign" || working.has(message.correlationId)) return;
    const controller = new AbortController();
    working.set(message.correlationId, controller);
    // Received; the work goes on after the acknowledgement and ends with a task.result.
    work(agent, message, { ...options, signal: controller.signal })
      .catch(options.onUnexpectedError)
      .finally(() => working.delete(message.correlationId));
  });
  const detached = new AbortController();
  beat(options, detached.signal).catch((error: unknown) => {
    if (!detached.signal.aborted) options.onUnexpectedError(error);
  });
  return disposable(() => {
    detached.abort();
    attachment.dispose();
    for (const controller of working.values())
      controller.abort(new HostError("agent.stopped", "The agent was stopped"));
  });
}

const heartbeatMs = 15_000;

/** Says again and again that the agent is there, to whoever keeps the list. */
async function beat({ hub, agentId, clock }: AttachAgentOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(heartbeatMs, signal);
    const message = {
      sender: agentId,
      recipient: "registry",
      type: "agent.heartbeat" as const,
      payload: {},
      correlationId: agentId,
      requiresAck: false,
      priority: 1,
    };
    // Nobody keeps a list: then nobody misses it.
    await hub.send(message, signal).catch(() => undefined);
  }
}

type WorkOptions = AttachAgentOptions & { readonly signal: AbortSignal };

async function work(agent: Agent, assignment: AgentMessage, options: WorkOptions): Promise<void> {
  const { context } = assignment.payload as TaskAssignment;
  const reply = (
    type: "task.progress" | "task.result",
    payload: TaskProgress | TaskReply,
  ): Promise<unknown> => {
    const message = {
      sender: options.agentId,
      recipient: assignment.sender,
      type,
      payload,
      correlationId: assignment.correlationId,
      requiresAck: type === "task.result",
      priority: assignment.priority,
    };
    return options.hub.send(message, new AbortController().signal);
  };
  const emit = (event: AgentEvent): void => {
    // The leader may have gone away meanwhile; then the task is about to be cancelled.
    if (!options.signal.aborted) reply("task.progress", { event }).catch(() => undefined);
  };
  const startedAt = options.clock.monotonicMs();
  try {
    const { summary, ...answer } = await agent.run(context, emit, options.signal);
    const result = {
      ...answer,
      taskId: context.taskSpec.taskId,
      agentId: options.agentId,
      status: "done" as const,
      executionTimeMs: Math.round(options.clock.monotonicMs() - startedAt),
      usage: noUsage,
    };
    await reply("task.result", { kind: "answered", result, summary });
  } catch (error) {
    await reply("task.result", { kind: "failed", error: asHostError(error, options) });
  }
}

function asHostError(error: unknown, options: WorkOptions): HostError {
  if (isFullDisk(error))
    return new HostError("disk.full", "There is no space left on the disk", { cause: error });
  if (isHostError(error)) return error;
  if (options.signal.aborted && isHostError(options.signal.reason)) return options.signal.reason;
  options.onUnexpectedError(error);
  return new HostError("agent.failed", messageOf(error), { cause: error });
}
