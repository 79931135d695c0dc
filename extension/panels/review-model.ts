import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import type { DeliveredEntry } from "../../agent-host/protocol/methods.ts";
import type { Phase } from "../../agent-host/protocol/phase.ts";
import type { PhaseWork, ReviewView, SignerView } from "../../agent-host/protocol/review-view.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";
import { mayAnswer, type Standing } from "../inbox/standing.ts";
import type { WaitingItem } from "../inbox/waiting-item.ts";
import type { Translate } from "../views/tree-row.ts";

/** What is known about an item beside the item. */
export interface ReviewFacts {
  readonly folder: string;
  readonly standing: Standing;
  /** null: the run's state is not at hand, or there is no run. */
  readonly run: RunState | null;
  readonly changes: GateChanges;
}

export interface GateChanges {
  readonly files: readonly ChangedFile[] | null;
  readonly work: readonly PhaseWork[];
  readonly diff: string;
  readonly details: Readonly<Record<string, string>>;
}

export const noChanges: GateChanges = { files: null, work: [], diff: "", details: {} };

/** Everything the review page shows of an item. Pure. */
export function reviewOf(item: WaitingItem, facts: ReviewFacts, t: Translate): ReviewView {
  const { run, folder, standing } = facts;
  return {
    workspaceId: item.workspaceId,
    id: item.id,
    digest: item.digest,
    isSound: item.isSound,
    runTitle: run?.title ?? "",
    folder,
    since: item.since,
    signer: signerOf(item, standing, t),
    about: item.kind === "gate" ? gateOf(item, facts) : approvalOf(item),
  };
}

/** What the finished tasks of a phase handed back, of entries `task.finished`. Pure. */
export function workOf(run: RunState, phase: Phase, finished: readonly DeliveredEntry[]): PhaseWork[] {
  const texts: Record<string, string> = Object.assign({}, ...finished.map((each) => each.texts));
  return Object.values(run.tasksById)
    .filter((task) => task.phase === phase && task.status === "done")
    .map(({ taskId, title, agentType, result }) => {
      const text = result === null ? undefined : texts[result];
      return { taskId, title, agentType, text: text === undefined ? "" : wordsOf(text) };
    });
}

/** Summary and notes of a `TaskResult`; its other parts are for programs. */
function wordsOf(result: string): string {
  const { content } = JSON.parse(result) as { content?: { summary?: unknown; notes?: unknown } | null };
  const { summary, notes } = content ?? {};
  const lines = [summary, ...(Array.isArray(notes) ? notes.map((note) => `- ${note}`) : [])];
  return lines.filter((line) => typeof line === "string").join("\n");
}

function gateOf(
  item: Extract<WaitingItem, { kind: "gate" }>,
  { run, changes }: ReviewFacts,
): ReviewView["about"] {
  const { subject } = item.gate;
  return {
    kind: "gate",
    subject,
    treeToApply: run === null ? subject.treeHash : run.tree,
    phases: run === null ? [subject.phase] : phasesUpTo(run, subject.phase),
    assurance: run?.assurance ?? null,
    ...changes,
  };
}

function approvalOf(item: Extract<WaitingItem, { kind: "approval" }>): ReviewView["about"] {
  const { subject, requestedAt, limitMs } = item.approval;
  const pausesAt = limitMs === 0 ? null : new Date(Date.parse(requestedAt) + limitMs).toISOString();
  return { kind: "approval", subject, pausesAt };
}

function signerOf(item: WaitingItem, standing: Standing, t: Translate): SignerView {
  if (standing.kind === "enrolled") {
    const { identity, role, keyId } = standing.approver;
    if (mayAnswer(standing, item.approvers)) return { kind: "may", identity, role, keyId };
    const reason = t("Your role is {0}; this needs {1}.", role, item.approvers.join(", "));
    return { kind: "mayNot", reason, hint: null };
  }
  if (standing.kind === "unknown")
    return { kind: "mayNot", reason: t("The host is not connected."), hint: null };
  return {
    kind: "mayNot",
    reason: t("This editor holds no approver key of this folder."),
    hint: t("A person with a key can admit it: agent-team approvers enroll"),
  };
}

function phasesUpTo(run: RunState, phase: Phase): Phase[] {
  const phases = run.phases.map((each) => each.phase);
  return phases.slice(0, phases.indexOf(phase) + 1);
}
