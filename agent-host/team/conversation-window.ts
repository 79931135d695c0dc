import { isHostError } from "../core/host-error.ts";
import type { Model, ModelRequest } from "../models/model.ts";
import type { Message } from "../protocol/conversation.ts";

/** Shortens a conversation to so many tokens; see `ModelWork.newFit`. */
export type FitConversation = (messages: readonly Message[], maxTokens: number) => readonly Message[];

/** From this part of the window on, an estimate is not good enough: the endpoint counts. */
const countFrom = 0.7;
/** Least characters a token can stand for on average; what is below is surely no problem. */
const fewestCharacters = 2;
/** What the window becomes where the endpoint says that it was too much after all. */
const smallerBy = 0.6;

/** What of a task's conversation a model gets to see: all of it as long as it fits, then less, the same way each time. */
export class ConversationWindow {
  private readonly model: Model | null;
  private readonly fit: FitConversation;
  private scale = 1;
  private measured: { readonly tools: ModelRequest["tools"]; readonly characters: number } | null = null;

  constructor(model: Model | null, fit: FitConversation) {
    this.model = model;
    this.fit = fit;
  }

  /** The request with as much of its conversation as the preferred model can take. */
  async view(request: ModelRequest, signal: AbortSignal): Promise<ModelRequest> {
    const { model } = this;
    const window = model?.contextTokens ?? null;
    if (model === null || window === null) return request;
    const room = window - Math.min(request.maxOutputTokens, window / 2);
    const around = (request.system.length + this.charactersOf(request.tools)) / 3;
    const fitted = (): ModelRequest => ({
      ...request,
      messages: this.fit(request.messages, Math.max(1_000, Math.floor((room - around) * this.scale))),
    });
    const first = fitted();
    if (charactersIn(first.messages) / fewestCharacters < room * countFrom) return first;
    const counted = await model.countTokens(first, signal);
    if (counted <= room || !this.shrink()) return first;
    return fitted();
  }

  /** The tools of a task are the same at every call. */
  private charactersOf(tools: ModelRequest["tools"]): number {
    if (this.measured?.tools !== tools) this.measured = { tools, characters: lengthOf(tools) };
    return this.measured.characters;
  }

  /** Whether `error` says that the conversation was too long, and there is a shorter one to try. */
  mayShrink(error: unknown): boolean {
    return isHostError(error) && error.code === "model.contextFull" && this.shrink();
  }

  /** At most three times: by then a fifth is left, and something else is wrong. */
  shrink(): boolean {
    if (this.scale < smallerBy ** 2) return false;
    this.scale *= smallerBy;
    return true;
  }
}

function charactersIn(messages: readonly Message[]): number {
  let sum = 0;
  for (const message of messages) {
    if (message.role === "tool") for (const { text } of message.results) sum += text.length;
    else sum += message.text.length;
    if (message.role === "assistant") for (const { input } of message.toolCalls) sum += lengthOf(input);
  }
  return sum;
}

function lengthOf(input: unknown): number {
  return JSON.stringify(input)?.length ?? 0;
}
