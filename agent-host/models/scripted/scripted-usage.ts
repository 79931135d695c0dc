import type { Turn } from "../../protocol/script.ts";
import type { Usage } from "../../protocol/task.ts";
import type { ModelRequest } from "../model.ts";

/** A notional price in USD for a million tokens: nothing is paid, but budgets can be tried. */
export const notionalPrice = { input: 3, output: 15 } as const;

// A common rule of thumb for English text; exact numbers stand in the script where they matter.
const charactersPerToken = 4;

/** What a turn uses: what it says itself, else an estimate from what is asked and answered. */
export function usageOf(turn: Turn, request: ModelRequest): Usage {
  const input = turn.usage?.input ?? estimateInput(request);
  const output = turn.usage?.output ?? estimateOutput(turn);
  const costUsd = (input * notionalPrice.input + output * notionalPrice.output) / 1_000_000;
  return { inputTokens: input, outputTokens: output, costUsd };
}

/** Tokens of the request, by rule of thumb. */
export function estimateInput({ system, messages, tools }: ModelRequest): number {
  const talked = messages.reduce((sum, message) => {
    if (message.role === "tool") return sum + message.results.reduce((all, { text }) => all + text.length, 0);
    return sum + message.text.length + (message.role === "assistant" ? lengthOf(message.toolCalls) : 0);
  }, system.length);
  return tokensOf(tools.reduce((sum, tool) => sum + tool.description.length, talked));
}

function estimateOutput({ text = "", toolCalls = [] }: Turn): number {
  return Math.max(1, tokensOf(text.length + lengthOf(toolCalls)));
}

function lengthOf(calls: readonly unknown[]): number {
  return calls.length === 0 ? 0 : JSON.stringify(calls).length;
}

function tokensOf(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}
