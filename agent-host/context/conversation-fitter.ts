import type { Message, ToolMessage } from "../protocol/conversation.ts";
import { type Cut, nextCut, uncut } from "./conversation-cut.ts";
import { digestMessage } from "./conversation-digest.ts";
import { clearedResult, cutResult } from "./shorter-results.ts";
import { callOf, type Turn, TurnLedger } from "./turn-ledger.ts";

/**
 * Cuts one growing conversation to what a model can read. What it answers depends on nothing but the messages and the
 * size: it goes through the conversation as it grew, and where it had become too long cuts much at once, so that the
 * beginning stays the same for many calls. It only remembers how far it has come.
 *
 * Invariant: between two cuts every answer begins with the one before it.
 */
export class ConversationFitter {
  private maxTokens = -1;
  private messages: readonly Message[] = [];
  /** The turns that are followed by another one: nothing is added to them any more. */
  private ledger = new TurnLedger([]);
  private cut = uncut;
  /** What was answered under this cut, of the turns that are complete. */
  private view: { readonly cut: Cut; turns: number; readonly messages: Message[] } | null = null;
  private digest: { readonly turns: number; readonly message: Message } | null = null;

  /** The conversation as a model that reads `maxTokens` is to see it; see `fitConversation`. */
  fit(messages: readonly Message[], maxTokens: number): readonly Message[] {
    if (!this.continues(messages, maxTokens)) {
      this.maxTokens = maxTokens;
      this.ledger = new TurnLedger(messages);
      this.cut = uncut;
      this.digest = null;
      this.view = null;
    }
    this.messages = messages;
    const open = this.countClosedTurns();
    if (open === null) return messages;
    // Counted for this call only: it may still grow.
    this.ledger.add(messages, open);
    const cut = this.cutNow();
    const view = cut === uncut ? messages : this.viewOf(cut);
    this.ledger.removeLast();
    return view;
  }

  private continues(messages: readonly Message[], maxTokens: number): boolean {
    const { end } = this.ledger;
    if (this.maxTokens !== maxTokens || this.ledger.turns.length === 0) return false;
    return messages[0] === this.messages[0] && messages[end - 1] === this.messages[end - 1];
  }

  /** Goes through the turns that are complete, cutting where the model was asked. The last turn; null without any. */
  private countClosedTurns(): Turn | null {
    const { messages, ledger } = this;
    let start = ledger.end;
    if (start >= messages.length) return null;
    for (let end = start + 1; end < messages.length; end += 1) {
      if (messages[end]?.role !== "assistant") continue;
      ledger.add(messages, { start, end });
      this.cut = this.cutNow();
      start = end;
    }
    return { start, end: messages.length };
  }

  private cutNow(): Cut {
    const { ledger, messages, maxTokens } = this;
    return nextCut(this.cut, { ledger, messages, maxTokens });
  }

  private viewOf(cut: Cut): Message[] {
    const { ledger } = this;
    const closed = ledger.turns.length - 1;
    if (this.view?.cut !== cut) {
      const head = this.messages.slice(0, ledger.headEnd);
      const digest = cut.digested > 0 ? [this.digestOf(cut.digested)] : [];
      this.view = { cut, turns: cut.digested, messages: [...head, ...digest] };
    }
    const { view } = this;
    for (; view.turns < closed; view.turns += 1) view.messages.push(...this.turnOf(view.turns, cut));
    return [...view.messages, ...this.turnOf(closed, cut)];
  }

  private turnOf(index: number, cut: Cut): Message[] {
    const { start, end } = this.ledger.turns[index] ?? { start: 0, end: 0 };
    const messages = this.messages.slice(start, end);
    if (index >= cut.cleared && index !== cut.cutTurn) return messages;
    return messages.map((message) => {
      if (message.role !== "tool") return message;
      return index < cut.cleared ? clearedMessage(message, messages[0]) : cutMessage(message, cut.share);
    });
  }

  private digestOf(turns: number): Message {
    if (this.digest?.turns === turns) return this.digest.message;
    const told = this.ledger.turns.slice(0, turns).map(({ start, end }) => this.messages.slice(start, end));
    const message = digestMessage(told, this.maxTokens);
    this.digest = { turns, message };
    return message;
  }
}

/**
 * `fitConversation` for all tasks of a run: what was worked out for a conversation is kept as long as its first message
 * is, so that a further turn costs little.
 */
export function rememberingFit(): (messages: readonly Message[], maxTokens: number) => readonly Message[] {
  const fitters = new WeakMap<Message, ConversationFitter>();
  return (messages, maxTokens) => {
    const [first] = messages;
    if (first === undefined) return messages;
    const fitter = fitters.get(first) ?? new ConversationFitter();
    fitters.set(first, fitter);
    return fitter.fit(messages, maxTokens);
  };
}

function clearedMessage(message: ToolMessage, answer: Message | undefined): Message {
  const calls = answer?.role === "assistant" ? answer.toolCalls : [];
  const results = message.results.map((result) => clearedResult(result, callOf(calls, result.toolCallId)));
  return { role: "tool", results };
}

function cutMessage(message: ToolMessage, share: number): Message {
  // The share counts what frames a result.
  return { role: "tool", results: message.results.map((result) => cutResult(result, share - 8)) };
}
