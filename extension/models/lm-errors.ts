import { messageOf } from "../../agent-host/core/host-error.ts";

/** Why the editor's model could not answer, as a code that a run understands. */
export function modelProblem(error: unknown): { code: string; problem: string } {
  return { code: codeOf(error), problem: messageOf(error).slice(0, 2_000) };
}

const codes: Readonly<Record<string, string>> = {
  NoPermissions: "model.notAllowed",
  Blocked: "model.refused",
  NotFound: "model.unknown",
};

// What a provider throws inside has no type: its name, code and words are all there is to go by.
const hints: readonly (readonly [RegExp, string])[] = [
  [/rate.?limit|too many requests|\b429\b/i, "model.rateLimited"],
  [/quota|billing/i, "model.quota"],
  [/overloaded|\b529\b|\b503\b/i, "model.overloaded"],
  [/filtered|responsible ai|off.?topic/i, "model.refused"],
  [/context.*(length|window)|too many tokens|prompt is too long/i, "model.contextFull"],
  [/network|socket|ECONN|ENOTFOUND|fetch failed|offline/i, "model.unreachable"],
];

function codeOf(error: unknown): string {
  const named = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
  const known = typeof named === "string" ? codes[named] : undefined;
  if (known !== undefined) return known;
  const words = chainOf(error).map(wordsOf).join(" ");
  return hints.find(([pattern]) => pattern.test(words))?.[1] ?? "model.failed";
}

function wordsOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const { name, code, message } = error as Readonly<Record<string, unknown>>;
  return [name, code, message].filter((part) => typeof part === "string").join(" ");
}

const maxDepth = 5;

function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let each = error; each !== undefined && each !== null && chain.length < maxDepth; ) {
    chain.push(each);
    each = typeof each === "object" ? (each as { cause?: unknown }).cause : undefined;
  }
  return chain;
}
