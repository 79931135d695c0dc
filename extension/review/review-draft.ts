import { phaseNames } from "../../agent-host/protocol/display.ts";
import type { ReviewDraft } from "../../agent-host/protocol/review-view.ts";

/** What an earlier window, maybe of an older version, kept of a review. Pure; the schemas are not loaded for it. */
export function reviewDraft(kept: unknown): ReviewDraft | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  const { ticks, comment, returnTo } = kept as Readonly<Record<string, unknown>>;
  return {
    ticks: Array.isArray(ticks) ? ticks.filter((tick): tick is string => typeof tick === "string") : [],
    comment: typeof comment === "string" ? comment : "",
    returnTo: phaseNames.find((phase) => phase === returnTo) ?? null,
  };
}
