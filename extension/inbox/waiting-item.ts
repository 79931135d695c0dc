import { digestOf } from "../../agent-host/core/digest.ts";
import type { ApprovalItem } from "../../agent-host/protocol/approval.ts";
import type { GateItem } from "../../agent-host/protocol/methods.ts";
import type { HumanRole } from "../../agent-host/protocol/phase.ts";

interface Waiting {
  readonly workspaceId: string;
  /** null: it belongs to the workspace, not to a run. */
  readonly runId: string | null;
  /** A gate's or an approval's id, unique within its run. */
  readonly id: string;
  /** Since when, as ISO 8601. */
  readonly since: string;
  readonly approvers: readonly HumanRole[];
  readonly digest: string;
  /** The digest is that of the subject. Where it is not, nothing here may be signed. */
  readonly isSound: boolean;
}

/** A gate or an approval that waits for a person. */
export type WaitingItem =
  | (Waiting & { readonly kind: "gate"; readonly gate: GateItem })
  | (Waiting & { readonly kind: "approval"; readonly approval: ApprovalItem });

/** Names an item; rows and messages carry it. */
export interface WaitingRef {
  readonly workspaceId: string;
  readonly runId: string | null;
  readonly id: string;
}

export function gateItem(workspaceId: string, gate: GateItem): WaitingItem {
  const { subject, digest, evaluatedAt } = gate;
  return {
    kind: "gate",
    workspaceId,
    runId: subject.runId,
    id: subject.gateId,
    since: evaluatedAt,
    approvers: subject.approvers,
    digest,
    isSound: digestOf(subject) === digest,
    gate,
  };
}

export function approvalItem(workspaceId: string, approval: ApprovalItem): WaitingItem {
  const { subject, digest, requestedAt } = approval;
  return {
    kind: "approval",
    workspaceId,
    runId: subject.runId,
    id: subject.approvalId,
    since: requestedAt,
    approvers: subject.approvers,
    digest,
    isSound: digestOf(subject) === digest,
    approval,
  };
}

export function isSameWait(one: WaitingRef, other: WaitingRef): boolean {
  return one.workspaceId === other.workspaceId && one.runId === other.runId && one.id === other.id;
}

/** A tree row or a message that names something that waits. */
export function isWaitingRef(value: unknown): value is WaitingRef {
  if (typeof value !== "object" || value === null) return false;
  const { workspaceId, runId, id } = value as Readonly<Record<string, unknown>>;
  return (
    typeof workspaceId === "string" && typeof id === "string" && (runId === null || typeof runId === "string")
  );
}

export function oldestFirst(one: WaitingItem, other: WaitingItem): number {
  return one.since.localeCompare(other.since);
}
