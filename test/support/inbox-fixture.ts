import type { InboxItem } from "../../agent-host/cli/inbox.ts";
import { digestOf } from "../../agent-host/core/digest.ts";
import type { ApprovalSubject } from "../../agent-host/protocol/approval.ts";
import type { GateSubject } from "../../agent-host/protocol/phase.ts";
import { runId } from "./run-fixture.ts";

/** A gate that waits, as `gate/list` shows it. */
export function waitingGate(change: Partial<GateSubject> = {}): InboxItem & { kind: "gate" } {
  const subject: GateSubject = {
    gateId: "g-review-1",
    runId,
    phase: "review",
    treeHash: "b".repeat(64),
    rulesChecksum: "c".repeat(64),
    evidence: [
      { criterion: { kind: "tasksCompleted" }, passed: true },
      { criterion: { kind: "humanApproval", role: "reviewer" }, passed: false, needsPerson: true },
    ],
    protectedFiles: [],
    approvers: ["reviewer"],
    ...change,
  };
  const item = { subject, digest: digestOf(subject), evaluatedAt: "2026-03-04T10:00:00.000Z" };
  return { kind: "gate", id: subject.gateId, runId: subject.runId, item };
}

/** A call that waits, as `approval/list` shows it. */
export function waitingApproval(change: Partial<ApprovalSubject> = {}): InboxItem & { kind: "approval" } {
  const subject: ApprovalSubject = {
    approvalId: "a-1",
    runId,
    taskId: "t-code",
    agentType: "back-end-coder",
    kind: "toolCall",
    tool: "run_command",
    input: { command: "npm install" },
    facts: ["npm", "install"],
    reason: "it is not among the commands of the run's scope",
    risk: "high",
    pattern: '["npm","install"]',
    needsPerson: false,
    approvers: ["developer"],
    ...change,
  };
  const item = {
    subject,
    digest: digestOf(subject),
    requestedAt: "2026-03-04T09:00:00.000Z",
    limitMs: 1_800_000,
  };
  return { kind: "approval", id: subject.approvalId, runId: subject.runId, item };
}
