import type { Message, ToolCall } from "../protocol/conversation.ts";
import { wordsTokens } from "./conversation-digest.ts";
import { frameTokens, messageTokens, resultTokens } from "./estimate-tokens.ts";
import { clearedTokens } from "./shorter-results.ts";

/** Where a turn stands: one answer of the model and what followed it, `messages.slice(start, end)`. */
export interface Turn {
  readonly start: number;
  readonly end: number;
}

/** What the turns of a conversation take, in tokens, so that any stretch of them is counted at once. */
export class TurnLedger {
  /** What stands before the first answer: the task. */
  readonly headEnd: number;
  readonly headTokens: number;
  readonly turns: Turn[] = [];
  private readonly full = [0];
  private readonly cleared = [0];
  private readonly words = [0];

  constructor(messages: readonly Message[]) {
    const first = messages.findIndex(({ role }) => role === "assistant");
    this.headEnd = first === -1 ? messages.length : first;
    this.headTokens = messages.slice(0, this.headEnd).reduce((sum, each) => sum + messageTokens(each), 0);
  }

  /** Where the messages end that are counted. */
  get end(): number {
    return this.turns.at(-1)?.end ?? this.headEnd;
  }

  add(messages: readonly Message[], { start, end }: Turn): void {
    let full = 0;
    let saved = 0;
    let words = 0;
    const answer = messages[start];
    const calls = answer?.role === "assistant" ? answer.toolCalls : [];
    for (let at = start; at < end; at += 1) {
      const message = messages[at];
      if (message === undefined) continue;
      if (message.role === "user") words += wordsTokens(message.text);
      if (message.role !== "tool") {
        full += messageTokens(message);
        continue;
      }
      full += frameTokens;
      for (const result of message.results) {
        const whole = resultTokens(result);
        full += whole;
        saved += whole - clearedTokens(whole, callOf(calls, result.toolCallId));
      }
    }
    this.turns.push({ start, end });
    this.full.push(this.fullBefore(this.turns.length - 1) + full);
    this.cleared.push(this.clearedBefore(this.turns.length - 1) + full - saved);
    this.words.push(this.wordsBefore(this.turns.length - 1) + words);
  }

  removeLast(): void {
    this.turns.pop();
    this.full.pop();
    this.cleared.pop();
    this.words.pop();
  }

  /** Tokens of the first `count` turns as they are. */
  fullBefore(count: number): number {
    return this.full[count] ?? 0;
  }

  /** The same without what their results said. */
  clearedBefore(count: number): number {
    return this.cleared[count] ?? 0;
  }

  /** What words of a person among them take in a digest. */
  wordsBefore(count: number): number {
    return this.words[count] ?? 0;
  }
}

/** The call that a result answers. */
export function callOf(calls: readonly ToolCall[], id: string): ToolCall | undefined {
  return calls.find((call) => call.id === id);
}
