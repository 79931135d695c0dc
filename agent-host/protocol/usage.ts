import type { Usage } from "./task.ts";

/** Both together. Once one price is not known, no sum is; a cache count stands where one of them has it. */
export function addUsage(a: Usage, b: Usage): Usage {
  const read = sumOf(a.cacheReadTokens, b.cacheReadTokens);
  const written = sumOf(a.cacheWriteTokens, b.cacheWriteTokens);
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(read === undefined ? {} : { cacheReadTokens: read }),
    ...(written === undefined ? {} : { cacheWriteTokens: written }),
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}
