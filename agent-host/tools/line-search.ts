import { createContext, Script } from "node:vm";
import { HostError } from "../core/host-error.ts";

/** Longer lines are looked at as far as this. */
export const maxLineCharacters = 2_000;

/** How long one batch may keep everything else waiting. */
const batchLimitMs = 250;

export interface LinePattern {
  readonly source: string;
  readonly flags: "" | "i";
}

export type LineMatches =
  /** For each text the 1-based numbers of its lines that match. */
  { readonly kind: "found"; readonly lines: readonly (readonly number[])[] } | { readonly kind: "tooSlow" };

// The only code that ever runs in the context. Matching happens there because a time-out of `vm` can end a regular
// expression that backtracks without end, and nothing else in a thread can.
const scan = `(() => {
  const expression = new RegExp(source, flags);
  return JSON.stringify(texts.map((text) => {
    const found = [];
    let number = 0;
    for (const line of text.split("\\n")) {
      number += 1;
      if (expression.test(line.length > most ? line.slice(0, most) : line) && found.push(number) >= limit) break;
    }
    return found;
  }));
})()`;

/** Finds matching lines in batches of texts, each batch within a quarter of a second. */
export class LineSearch {
  private readonly script = new Script(scan);
  private readonly globals: Record<string, unknown>;

  constructor({ source, flags }: LinePattern, maxMatches: number) {
    this.globals = { source, flags, texts: [], most: maxLineCharacters, limit: maxMatches };
    createContext(this.globals);
  }

  find(texts: readonly string[]): LineMatches {
    this.globals.texts = texts;
    try {
      const found: unknown = this.script.runInContext(this.globals, { timeout: batchLimitMs });
      return { kind: "found", lines: JSON.parse(String(found)) };
    } catch (error) {
      if (isTimeOut(error)) return { kind: "tooSlow" };
      throw new HostError("tool.search", "A search failed", { cause: error });
    }
  }
}

/** A pattern as a regular expression; as literal text where it is none, or is asked to be. */
export function linePattern(
  pattern: string,
  { isLiteral, ignoreCase }: { isLiteral: boolean; ignoreCase: boolean },
): LinePattern {
  const flags = ignoreCase ? "i" : "";
  return { source: isLiteral || !isExpression(pattern) ? escaped(pattern) : pattern, flags };
}

// The error comes from the other context: it is no `instanceof Error` of this one.
function isTimeOut(error: unknown): boolean {
  return (
    error !== null &&
    typeof error === "object" &&
    "code" in error &&
    error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}

function isExpression(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    // Its message would not help a model more than the matches of the literal text.
    return false;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
