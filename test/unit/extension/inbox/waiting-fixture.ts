import { digestOf } from "../../../../agent-host/core/digest.ts";
import type { ApprovalItem, ApprovalSubject } from "../../../../agent-host/protocol/approval.ts";
import type { Approver } from "../../../../agent-host/protocol/approver.ts";
import type { GateItem } from "../../../../agent-host/protocol/methods.ts";
import type { GateSubject } from "../../../../agent-host/protocol/phase.ts";
import { runId, workspaceId } from "../../../support/run-fixture.ts";

export const tree = "1".repeat(64);
export const otherTree = "2".repeat(64);

export const gateSubject: GateSubject = {
  gateId: "g-verification-1",
  runId,
  phase: "verification",
  treeHash: tree,
  rulesChecksum: "3".repeat(64),
  evidence: [
    { criterion: { kind: "commandPasses", command: "test" }, passed: true, exitCode: 0, durationMs: 4_200 },
    {
      criterion: { kind: "protectedUnchanged" },
      passed: false,
      needsPerson: true,
      reason: "1 file changed",
    },
    { criterion: { kind: "humanApproval", role: "reviewer" }, passed: false, needsPerson: true },
  ],
  protectedFiles: ["package.json"],
  approvers: ["reviewer"],
};

export const approvalSubject: ApprovalSubject = {
  approvalId: "a-7f3a9c21",
  runId,
  taskId: "t-code",
  agentType: "back-end-coder",
  kind: "toolCall",
  tool: "run_command",
  input: { command: "npm install pg-mem" },
  facts: ["npm install pg-mem@3.0.4", "in the task's tree"],
  reason: "It reaches the network",
  risk: "high",
  pattern: "run_command npm install pg-mem@3.0.4",
  needsPerson: false,
  approvers: ["developer"],
};

export function gate(more: Partial<GateSubject> = {}): GateItem {
  const subject = { ...gateSubject, ...more };
  return { subject, digest: digestOf(subject), evaluatedAt: "2026-03-04T10:00:10.000Z" };
}

export function approval(more: Partial<ApprovalSubject> = {}): ApprovalItem {
  const subject = { ...approvalSubject, ...more };
  return { subject, digest: digestOf(subject), requestedAt: "2026-03-04T10:00:20.000Z", limitMs: 1_800_000 };
}

export function approver(role: Approver["role"], keyId = "a1".repeat(8)): Approver {
  return { keyId, publicKey: "k".repeat(60), identity: "kim", role };
}

export { runId, workspaceId };
