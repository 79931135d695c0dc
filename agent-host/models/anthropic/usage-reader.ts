import type { TokenCounts } from "../prices.ts";
import { isRecord } from "./api-blocks.ts";
import { tokensOfCharacters } from "./token-estimate.ts";

type Counter = "input_tokens" | "output_tokens" | "cache_creation_input_tokens" | "cache_read_input_tokens";

/** Token counts of a stream. Each count that is told replaces the one before: they are totals, not additions. */
export class UsageReader {
  private readonly told: Partial<Record<Counter, number>> = {};
  private characters = 0;

  read(usage: unknown): void {
    if (!isRecord(usage)) return;
    this.take(usage, "input_tokens");
    this.take(usage, "output_tokens");
    this.take(usage, "cache_creation_input_tokens");
    this.take(usage, "cache_read_input_tokens");
  }

  /** Characters of output that came. */
  count(characters: number): void {
    this.characters += characters;
  }

  /** As the endpoint told it. */
  get reported(): TokenCounts {
    const { input_tokens: fresh = 0, output_tokens: outputTokens = 0 } = this.told;
    const { cache_creation_input_tokens: written, cache_read_input_tokens: read } = this.told;
    return {
      inputTokens: fresh + (written ?? 0) + (read ?? 0),
      outputTokens,
      ...(read === undefined ? {} : { cacheReadTokens: read }),
      ...(written === undefined ? {} : { cacheWriteTokens: written }),
    };
  }

  /** For an answer that broke off: what came without its count yet is charged all the same, so it is estimated. */
  get soFar(): TokenCounts {
    const reported = this.reported;
    return {
      ...reported,
      outputTokens: Math.max(reported.outputTokens, tokensOfCharacters(this.characters)),
    };
  }

  private take(usage: Readonly<Record<string, unknown>>, counter: Counter): void {
    const count = usage[counter];
    if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) this.told[counter] = count;
  }
}
