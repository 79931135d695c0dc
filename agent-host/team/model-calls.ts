import { HostError, isHostError } from "../core/host-error.ts";
import type { Model, ModelAnswer, ModelRequest } from "../models/model.ts";
import type { ModelError } from "../models/model-error.ts";
import type { BlobRef } from "../protocol/blob.ts";
import type { AssistantMessage, Message } from "../protocol/conversation.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { Amount } from "../protocol/scope.ts";
import { noUsage, type Usage } from "../protocol/task.ts";
import type { BudgetBook } from "./budget-book.ts";
import type { ModelChains, RunSetup } from "./run-setup.ts";

/** Which call of which task. */
export interface CallPlace {
  readonly taskId: string;
  readonly attempt: number;
  readonly turn: number;
  readonly actor: Actor;
  readonly promptChecksum: string;
  /** `seq` of the last words of a person that the model has heard. */
  readonly heardSeq: number;
}

/** One call: what the model is to see, and the whole conversation of which that may be a part. */
export interface ModelCall {
  readonly request: ModelRequest;
  readonly said: readonly Message[];
  readonly place: CallPlace;
}

export interface ModelCallsOptions {
  readonly setup: RunSetup;
  readonly models: ModelChains;
  readonly budget: BudgetBook;
}

/** Where another model stands in, and where none does: those take half a minute. */
const maxFreeTries = { before: 5, last: 7, scripted: 3 };
const maxPaidTries = 2;
const firstBackoffMs = 500;
const maxBackoffMs = 60_000;
const restMs = 60_000;

/**
 * Asks the model: what a call may cost is set aside first, and its answer is durable before anyone sees it. Where one
 * model cannot answer, the next of its chain is asked.
 */
export class ModelCalls {
  private readonly options: ModelCallsOptions;

  /** Until when models are passed over that were out of reach, where others may answer. In ms of the clock. */
  private readonly restUntilMs = new WeakMap<Model, number>();

  constructor(options: ModelCallsOptions) {
    this.options = options;
  }

  /** @throws HostError `budget.exhausted`, what the last model throws once trying again is no use; the signal's reason. */
  async ask(call: ModelCall, onText: (text: string) => void, signal: AbortSignal): Promise<AssistantMessage> {
    const { agentType } = call.request;
    const chain = this.awake(this.options.models.for(agentType).filter((model) => model.serves(agentType)));
    for (const [at, model] of chain.entries()) {
      const isLast = at === chain.length - 1;
      try {
        return await this.askModel(model, { ...call, onText, isLast }, signal);
      } catch (error) {
        if (signal.aborted || isLast || !mayOtherAnswer(error)) throw error;
        this.rest(model, error);
      }
    }
    throw new HostError("model.none", `There is no model for ${agentType} in this run`, {
      hint: "Name one for it in config.yaml, or choose another provider",
    });
  }

  /** Those that may be asked now; the last of a chain always may. */
  private awake(chain: readonly Model[]): readonly Model[] {
    const nowMs = this.options.setup.clock.monotonicMs();
    return chain.filter(
      (model, at) => at === chain.length - 1 || nowMs >= (this.restUntilMs.get(model) ?? 0),
    );
  }

  // Else every call of every task would wait for it in vain before the next model is asked.
  private rest(model: Model, error: unknown): void {
    if (adviceOf(error)?.retry !== "free") return;
    this.restUntilMs.set(model, this.options.setup.clock.monotonicMs() + restMs);
  }

  private async askModel(model: Model, call: HeardCall, signal: AbortSignal): Promise<AssistantMessage> {
    const tries = { free: 0, paid: 0, maxFree: maxFreeOf(model, call) };
    for (;;) {
      try {
        return await this.askOnce(model, call, signal);
      } catch (error) {
        const waitMs = waitBeforeRetry(error, tries);
        if (signal.aborted || waitMs === null) throw error;
        await this.options.setup.clock.sleep(waitMs, signal);
      }
    }
  }

  private async askOnce(
    model: Model,
    { request, said: messages, place, onText }: HeardCall,
    signal: AbortSignal,
  ): Promise<AssistantMessage> {
    const { budget } = this.options;
    const { taskId, attempt, turn, actor, promptChecksum, heardSeq } = place;
    const said = await this.keepSaid(messages);
    const { tokens, costUsd } = model.worstCase(request);
    const reserved: Amount = { tokens, usd: costUsd ?? 0, modelCalls: 1 };
    const data = { attempt, turn, model: model.name, promptChecksum, reserved, ...said, heardSeq };
    await budget.reserve(
      {
        key: `${taskId}/${attempt}/${turn}`,
        wanted: reserved,
        request: { type: "model.requested", taskId, actor, data },
      },
      signal,
    );
    try {
      const answer = await model.answer(request, onText, signal);
      return await this.settle(place, answer);
    } catch (error) {
      await this.settleFailed(place, reserved, error);
      signal.throwIfAborted();
      throw error;
    }
  }

  /** What was said since the last answer: with it the conversation can be read back. */
  private async keepSaid(messages: readonly Message[]): Promise<{ said?: BlobRef }> {
    const last = messages.findLastIndex((message) => message.role === "assistant");
    const said = messages.slice(last + 1).filter((message) => message.role === "user");
    if (said.length === 0) return {};
    return { said: await this.options.setup.log.keep(JSON.stringify(said)) };
  }

  private async settle(place: CallPlace, { message, usage }: ModelAnswer): Promise<AssistantMessage> {
    const { log } = this.options.setup;
    const { taskId, attempt, turn, actor } = place;
    const ref = await log.keep(JSON.stringify(message));
    const data = { attempt, turn, message: ref, usage };
    await log.record([{ type: "model.answered", taskId, actor, data }]);
    return message;
  }

  private async settleFailed(place: CallPlace, reserved: Amount, error: unknown): Promise<void> {
    const { log } = this.options.setup;
    const { taskId, attempt, turn, actor } = place;
    const key = `${taskId}/${attempt}/${turn}`;
    // Its answer was journaled and something else failed, or the journal takes nothing.
    if (log.state.budget.reserved[key] === undefined) return;
    const code = isHostError(error) ? error.code : "model.failed";
    // A call that was cut off in the middle may be charged: what was set aside for it counts as spent.
    const usage = usageOfFailure(error) ?? lostUsage(reserved);
    const data = { attempt, turn, usage, problem: code };
    await log.record([{ type: "model.answered", taskId, actor, outcome: "failed", data }]);
  }
}

/** Entries that settle calls which were under way when the host ended: nobody knows what they cost. */
export function settleLostCalls(reserved: Readonly<Record<string, Amount>>, actor: Actor): EventDraft[] {
  return Object.entries(reserved).map(([key, amount]) => {
    const [taskId = "", attempt, turn] = key.split("/");
    const data = {
      attempt: Number(attempt),
      turn: Number(turn),
      usage: lostUsage(amount),
      problem: "model.lost",
    };
    return { type: "model.answered", taskId, actor, outcome: "failed", data };
  });
}

function lostUsage({ tokens, usd }: Amount): Usage {
  return { inputTokens: tokens, outputTokens: 0, costUsd: usd };
}

/** What a failed call used: nothing where it was refused before any work; null where nobody knows. */
function usageOfFailure(error: unknown): Usage | null {
  const advice = adviceOf(error);
  if (advice === null) return isHostError(error) && error.code === "script.exhausted" ? noUsage : null;
  return advice.usage ?? (advice.retry === "paid" ? null : noUsage);
}

function adviceOf(error: unknown): ModelError | null {
  return isHostError(error) && "retry" in error ? (error as ModelError) : null;
}

/** Whatever one model says no to, another may answer; only what the run itself forbids is the same for all. */
function mayOtherAnswer(error: unknown): boolean {
  return adviceOf(error) !== null;
}

/** Exponential backoff, or what the other side asks for; null: the same call would fail again. */
function waitBeforeRetry(
  error: unknown,
  tries: { free: number; paid: number; readonly maxFree: number },
): number | null {
  const advice = adviceOf(error);
  if (advice === null || advice.retry === "never") return null;
  tries[advice.retry] += 1;
  if (tries.paid >= maxPaidTries || tries.free >= tries.maxFree) return null;
  const asked = advice.retryAfterMs;
  if (asked !== null) return asked <= maxBackoffMs ? asked : null;
  return Math.min(maxBackoffMs, firstBackoffMs * 2 ** (tries[advice.retry] - 1));
}

interface HeardCall extends ModelCall {
  readonly onText: (text: string) => void;
  /** No other model is asked after this one. */
  readonly isLast: boolean;
}

/** A script's endpoint is as it is written. */
function maxFreeOf({ name }: Model, { isLast }: HeardCall): number {
  if (name === "scripted") return maxFreeTries.scripted;
  return isLast ? maxFreeTries.last : maxFreeTries.before;
}
