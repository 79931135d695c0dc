import type { Entry } from "../../agent-host/protocol/journal.ts";

/** Where a folder may bring rules along. */
export const workspaceRulesPath = ".agent-team/rules.yaml";

/** A folder's own rules were refused (with where and why), or loaded. */
export type RulesNews =
  | { readonly kind: "refused"; readonly line: number; readonly reason: string }
  | { readonly kind: "loaded" };

/** What an entry says of the folder's own rules; null for every other entry. `line` counts from 0. Pure. */
export function rulesNews({ type, data }: Pick<Entry, "type" | "data">): RulesNews | null {
  if (data.source !== "workspace") return null;
  if (type === "rules.loaded") return { kind: "loaded" };
  if (type !== "rules.refused" || typeof data.reason !== "string") return null;
  return { kind: "refused", line: typeof data.line === "number" ? data.line - 1 : 0, reason: data.reason };
}
