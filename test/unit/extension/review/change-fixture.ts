import type { ChangeSummary, Hunk } from "../../../../agent-host/protocol/change-set.ts";
import type { FileChange } from "../../../../extension/review/hunk-places.ts";
import type { Memory } from "../../../../extension/review/run-memory.ts";
import { runId, workspaceId } from "../../../support/run-fixture.ts";

export const run = { workspaceId, runId };
export const tree = "1".repeat(40);

export function fileChange(more: Partial<FileChange> = {}): FileChange {
  return { tree, before: "a\n", after: "b\n", isBinary: false, hunks: [], ...more };
}

export function hunk(
  index: number,
  [beforeStart, beforeLines]: readonly [number, number],
  [afterStart, afterLines]: readonly [number, number],
  text: string,
): Hunk {
  return { index, beforeStart, beforeLines, afterStart, afterLines, text };
}

export function summary(more: Partial<ChangeSummary> = {}): ChangeSummary {
  const since = "2026-03-04T10:00:00.000Z";
  return {
    runId,
    title: "Split the webhooks",
    state: "proposed",
    since,
    files: 2,
    added: 48,
    removed: 0,
    tree,
    ...more,
  };
}

/** What the editor keeps of a workspace, as it keeps it: as JSON. */
export function memory(kept = new Map<string, string>()): Memory {
  return {
    get: (key) => {
      const text = kept.get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    update: async (key, value) => {
      kept.set(key, JSON.stringify(value));
    },
  };
}

export function ignore(): void {}
