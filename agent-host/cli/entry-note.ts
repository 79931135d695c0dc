import { typedEntry } from "../protocol/events.ts";
import type { DeliveredEntry } from "../protocol/methods.ts";
import type { RunState } from "../protocol/state/schemas.ts";

/** One line for a person about an entry; null for what only the audit needs. `state` already has the entry in it. */
export function entryNote({ entry, texts }: DeliveredEntry, state: RunState | undefined): string | null {
  const typed = typedEntry(entry);
  if (typed === null) return null;
  const title =
    (typed.taskId === null ? undefined : state?.tasksById[typed.taskId]?.title) ?? typed.taskId ?? "";
  switch (typed.type) {
    case "run.created":
      return `Run ${typed.runId} · profile ${typed.data.profile} · ${providerWords[typed.data.provider] ?? typed.data.provider}`;
    case "run.resumed":
      return `Run ${typed.runId} goes on`;
    case "phase.entered":
      return `Phase ${typed.data.index} of ${typed.data.of}: ${typed.data.phase}`;
    case "task.started":
      return `  ${title} … ${typed.data.agentId}`;
    case "task.finished": {
      const reason = typed.data.reason === undefined ? null : texts[typed.data.reason.blob];
      const seconds = (typed.data.executionTimeMs / 1_000).toFixed(1);
      return typed.data.status === "done"
        ? `  ${title}: ${typed.data.summary} (${seconds} s)`
        : `  ${title}: ${typed.data.status}${reason ? `, ${reason}` : ""}`;
    }
    case "task.refused":
      return `  ${title}: refused by ${typed.data.rule}`;
    case "gate.decided":
      return typed.data.decision === "passed" ? null : `Gate of ${typed.data.phase}: failed`;
    default:
      return null;
  }
}

const providerWords: Record<string, string> = { offline: "offline engine: no model, no key, no network" };
