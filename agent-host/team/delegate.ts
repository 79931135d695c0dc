import type { AgentContext, AgentEvent } from "../agents/agent.ts";
import type { TaskProgress, TaskReply } from "../agents/task-messages.ts";
import { type Clock, withLimit } from "../core/clock.ts";
import type { Disposable } from "../core/disposable.ts";
import { isHostError } from "../core/host-error.ts";
import type { Hub } from "../hub/router.ts";
import type { AgentMessage } from "../protocol/message.ts";
import type { Rules } from "../protocol/rules.ts";
import type { TaskResult, TaskSpec } from "../protocol/task.ts";
import { taskResultSchema } from "../protocol/task.ts";
import { contentSchemas } from "../protocol/task-content.ts";
import { checkResult } from "../rules/result.ts";
import type { AgentRegistry, RegisteredAgent } from "./agent-registry.ts";
import { codeOf, failureWords, pausesRun } from "./task-failure.ts";

export interface DelegateOptions {
  readonly hub: Hub;
  readonly registry: AgentRegistry;
  readonly rules: Rules;
  readonly clock: Clock;
  /** This leader's address on the hub; never used twice, or late answers to the one before would come here. */
  readonly address: string;
}

export type Delegated =
  | { readonly kind: "done"; readonly agentId: string; readonly result: TaskResult; readonly summary: string }
  | { readonly kind: "refused"; readonly rule: string; readonly reason: string }
  | {
      readonly kind: "failed";
      readonly agentId: string;
      /** Stable code of the failure. */
      readonly code: string;
      readonly reason: string;
    };

/** What the caller hears while a task is under way. */
export interface DelegateListener {
  /** The agent was chosen and is about to get the task. */
  onStarting(agent: RegisteredAgent): Promise<void>;
  onEvent(event: AgentEvent): void;
}

/** Longer than any approval may take; the run's budget of minutes is what bounds work. */
const taskLimitMs = 24 * 60 * 60_000;

/** How long an agent that was told to stop may take for that. */
const stopLimit = { limitMs: 5_000, code: "agent.slowToStop", message: "The agent did not stop in time" };

/**
 * Hands one task to an agent and judges what comes back: scope check, agent and context, execution under
 * monitor, validation. (The prompt step belongs to agents with a model.) A refusal and a failure are values.
 * Throws only the signal's reason, what pauses a run (`pausesRun`), and what `onStarting` throws.
 */
export class Delegation implements Disposable {
  private readonly options: DelegateOptions;
  private readonly open = new Map<string, { listener: DelegateListener; settle(reply: TaskReply): void }>();
  private handedOut = 0;
  private readonly attachment: Disposable;

  constructor(options: DelegateOptions) {
    this.options = options;
    this.attachment = options.hub.attach(options.address, (message) => this.receive(message));
  }

  async run(context: AgentContext, listener: DelegateListener, signal: AbortSignal): Promise<Delegated> {
    const spec = context.taskSpec;
    const outside = spec.scope.paths.find((path) => !isInside(path));
    if (outside !== undefined)
      return { kind: "refused", rule: "scope.paths", reason: `${outside} leads out of the workspace` };
    const agent = this.options.registry.find(spec.agentType, spec.taskType);
    if (agent === undefined) {
      return {
        kind: "refused",
        rule: "agent.capability",
        reason: `no ${spec.agentType} here can do ${spec.taskType}`,
      };
    }
    const { provider } = context.overview;
    await listener.onStarting(agent);
    try {
      const reply = await this.execute(agent, context, listener, signal);
      // Nothing is wrong with the task: it can go on once there is space, money or an answer.
      if (reply.kind === "failed" && pausesRun(reply.error.code, provider)) throw reply.error;
      return this.judge(agent, spec, reply);
    } catch (error) {
      signal.throwIfAborted();
      if (!isHostError(error) || pausesRun(error.code, provider)) throw error;
      return { kind: "failed", agentId: agent.agentId, code: codeOf(error), reason: failureWords(error) };
    }
  }

  dispose(): void {
    this.attachment.dispose();
  }

  private async execute(
    agent: RegisteredAgent,
    context: AgentContext,
    listener: DelegateListener,
    signal: AbortSignal,
  ): Promise<TaskReply> {
    const spec = context.taskSpec;
    // Each time another: an agent that is slow to give up must not answer for the one that goes on.
    this.handedOut += 1;
    const correlationId = `${this.options.address}#${this.handedOut}`;
    const envelope = {
      sender: this.options.address,
      recipient: agent.agentId,
      correlationId,
      requiresAck: true,
      priority: spec.priority,
    };
    const replied = new Promise<TaskReply>((resolve) =>
      this.open.set(correlationId, { listener, settle: resolve }),
    );
    try {
      await this.options.hub.send({ ...envelope, type: "task.assign", payload: { context } }, signal);
      const limit = {
        limitMs: taskLimitMs,
        code: "task.limit",
        message: `No result in ${taskLimitMs / 3_600_000} hours`,
      };
      return await withLimit(replied, limit, signal);
    } catch (error) {
      const cancel = {
        ...envelope,
        type: "task.cancel" as const,
        payload: {},
        requiresAck: false,
        priority: 10,
      };
      await this.options.hub.send(cancel, new AbortController().signal).catch(() => undefined);
      // What it has under way is settled in the journal by it: whoever goes on with the run must not do so too.
      if (signal.aborted)
        await withLimit(replied, stopLimit, new AbortController().signal).catch(() => undefined);
      throw error;
    } finally {
      this.open.delete(correlationId);
    }
  }

  private receive(message: AgentMessage): void {
    const task = this.open.get(message.correlationId);
    // An answer to a task that was given up meanwhile.
    if (task === undefined) return;
    if (message.type === "task.progress") task.listener.onEvent((message.payload as TaskProgress).event);
    if (message.type === "task.result") task.settle(message.payload as TaskReply);
  }

  private judge(agent: RegisteredAgent, spec: TaskSpec, reply: TaskReply): Delegated {
    const { agentId } = agent;
    if (reply.kind === "failed") {
      return { kind: "failed", agentId, code: reply.error.code, reason: failureWords(reply.error) };
    }
    const parsed = taskResultSchema.safeParse(reply.result);
    const content = contentSchemas[spec.taskType].safeParse(reply.result.content);
    const problem = parsed.error ?? content.error;
    if (problem !== undefined) {
      const issue = problem.issues[0];
      return {
        kind: "failed",
        agentId,
        code: "result.invalid",
        reason: `Its result does not fit: ${issue?.path.join(".")}: ${issue?.message}`,
      };
    }
    const verdict = checkResult(spec, reply.result, this.options.rules);
    if (!verdict.valid)
      return {
        kind: "failed",
        agentId,
        code: "result.invalid",
        reason: `Its result does not count: ${verdict.reason}`,
      };
    // With the defaults of the schema.
    const result = { ...reply.result, content: content.data };
    return { kind: "done", agentId, result, summary: reply.summary };
  }
}

function isInside(path: string): boolean {
  return !/^([/\\]|[a-z]:)/i.test(path) && !path.split(/[/\\]/).includes("..");
}
