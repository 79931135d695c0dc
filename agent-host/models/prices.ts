import type { Usage } from "../protocol/task.ts";
import type { ModelSettings, Price } from "./endpoint.ts";

/** Tokens of one call: `inputTokens` are all that were read, the two cache counts are parts of it. */
export type TokenCounts = Pick<
  Usage,
  "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens"
>;

const perMillion = 1_000_000;

/** What one call with these tokens costs, in USD; null where the model's price is not known. */
export function costUsd(
  model: Pick<ModelSettings, "price" | "longPrompt">,
  tokens: TokenCounts,
): number | null {
  const price = priceAt(model, tokens.inputTokens);
  if (price === null) return null;
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = tokens;
  const fresh = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const cost =
    fresh * price.input +
    cacheReadTokens * price.cacheRead +
    cacheWriteTokens * price.cacheWrite +
    outputTokens * price.output;
  return cost / perMillion;
}

/** The most one call with so many tokens can cost: all of them fresh or written to the cache, whichever is dearer. */
export function worstCostUsd(
  model: Pick<ModelSettings, "price" | "longPrompt">,
  { inputTokens, outputTokens }: Pick<Usage, "inputTokens" | "outputTokens">,
): number | null {
  const price = priceAt(model, inputTokens);
  if (price === null) return null;
  return (inputTokens * Math.max(price.input, price.cacheWrite) + outputTokens * price.output) / perMillion;
}

/** A long prompt may make each of its tokens, and those of the answer, dearer. */
function priceAt(
  { price, longPrompt }: Pick<ModelSettings, "price" | "longPrompt">,
  inputTokens: number,
): Price | null {
  return longPrompt !== undefined && inputTokens > longPrompt.overTokens ? longPrompt.price : price;
}
