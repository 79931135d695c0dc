import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { approvalSubjectSchema } from "../../agent-host/protocol/approval.ts";
import { typedEntry } from "../../agent-host/protocol/events.ts";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import type { KillKit } from "./kill-kit.ts";

/** What waits for a person, and what this one says to it. */
export interface Answers {
  readonly approve: readonly string[];
  readonly reject: readonly string[];
}

/**
 * Looks at everything that waits and decides like a careful person: yes, but what is in doubt is repeated only where
 * the files show that it has not happened.
 */
export async function decide(kit: KillKit, runId: string): Promise<Answers> {
  const open = openQuestions(await kit.entries());
  const approve: string[] = [...open.gates];
  const reject: string[] = [];
  for (const [approvalId, { kind, subject }] of open.approvals) {
    const isDone = kind === "inDoubt" && (await hasHappened(kit, runId, subject));
    (isDone ? reject : approve).push(approvalId);
  }
  return { approve, reject };
}

/** Ids of gates and approvals without an answer. */
export function openQuestions(entries: readonly Entry[]): {
  gates: Set<string>;
  approvals: Map<string, { kind: string; subject: string }>;
} {
  const gates = new Set<string>();
  const approvals = new Map<string, { kind: string; subject: string }>();
  for (const entry of entries) {
    const typed = typedEntry(entry);
    if (typed?.type === "gate.evaluated" && typed.data.verdict === "needsPerson")
      gates.add(typed.data.gateId ?? "");
    if (typed?.type === "gate.decided") gates.delete(typed.data.gateId ?? "");
    if (typed?.type === "approval.requested") {
      const { approvalId, kind, subject } = typed.data;
      approvals.set(approvalId, { kind, subject: subject?.blob ?? "" });
    }
    if (typed?.type === "approval.decided") approvals.delete(typed.data.approvalId);
  }
  return { gates, approvals };
}

/** Whether the word that a command appends stands in the file of the task's tree. */
async function hasHappened(kit: KillKit, runId: string, blob: string): Promise<boolean> {
  const { input, taskId } = approvalSubjectSchema.parse(await kit.blob(runId, blob));
  const [, , file = "", word = ""] = (input as { command: string[] }).command;
  const trees = join(kit.location.stateFolder, "runs", runId, "tree");
  for (const name of await readdir(trees)) {
    if (!name.startsWith(`${taskId}-`)) continue;
    const text = await readFile(join(trees, name, file), "utf8").catch(() => "");
    if (text.split("\n").includes(word)) return true;
  }
  return false;
}
