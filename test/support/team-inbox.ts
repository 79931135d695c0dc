import { generateApproverKey, signDecision } from "../../agent-host/client/approver-key.ts";
import { digestOf } from "../../agent-host/core/digest.ts";
import type { ApprovalSubject } from "../../agent-host/protocol/approval.ts";
import type { Approver } from "../../agent-host/protocol/approver.ts";
import type { DecisionInput, SignedDecision } from "../../agent-host/protocol/decision.ts";
import type { Actor } from "../../agent-host/protocol/journal.ts";
import type { GateSubject, HumanRole } from "../../agent-host/protocol/phase.ts";
import { verifyDecision } from "../../agent-host/security/verify-decision.ts";
import { createStore } from "../../agent-host/store/journal-store.ts";
import { ControlLog } from "../../agent-host/team/control-log.ts";
import { Decisions, type DecisionsOptions } from "../../agent-host/team/decisions.ts";
import { Inbox, type InboxOptions } from "../../agent-host/team/inbox.ts";
import { workspaceId } from "../unit/agent-host/journal/journal-fixture.ts";
import { hostActor, type TeamRun } from "./team-run.ts";

/** Whoever speaks to the socket. */
export const client: Actor = { kind: "user", id: "local", role: "viewer" };

/** A person with a key of her own. */
export interface Signer {
  readonly approver: Approver;
  sign(decision: Omit<DecisionInput, "workspaceId">): SignedDecision;
}

export function signer(identity: string, role: HumanRole): Signer {
  const { key, approver } = generateApproverKey({ identity, role });
  return { approver, sign: (decision) => signDecision({ workspaceId, ...decision }, key) };
}

/** Takes a signature for a key's if it is, in whatever role the key was enrolled. */
export const verify: DecisionsOptions["verify"] = async (signed, expected, approvers) =>
  verifyDecision({ signed, expected, approvers, roles: { kind: "absent" }, workspaceId });

export interface TeamInbox {
  readonly control: ControlLog;
  readonly inbox: Inbox;
  readonly decisions: Decisions;
  enroll(...signers: Signer[]): Promise<void>;
}

export function teamInbox(
  run: TeamRun,
  given: Partial<Pick<InboxOptions, "rulesSubject"> & Pick<DecisionsOptions, "verify">> & {
    maxReturns?: number;
  } = {},
): TeamInbox {
  const { journal, blobs, log, folder, clock } = run;
  const store = createStore({
    journal,
    blobs,
    directory: folder,
    isLive: () => true,
    clock,
    onError: () => undefined,
  });
  const control = new ControlLog(journal);
  const withLog: InboxOptions["withLog"] = async (_runId, act) => await act(log);
  const rulesSubject = given.rulesSubject ?? (async () => null);
  const inbox = new Inbox({ store, control, withLog, rulesSubject });
  const maxReturns = async (): Promise<number> => given.maxReturns ?? 3;
  const decisions = new Decisions({
    workspaceId,
    journal,
    control,
    inbox,
    withLog,
    maxReturns,
    verify: given.verify ?? verify,
  });
  const enroll = async (...signers: Signer[]): Promise<void> => {
    for (const { approver } of signers) {
      await run.record({ type: "approver.enrolled", actor: hostActor, data: { approver, by: null } });
    }
  };
  return { control, inbox, decisions, enroll };
}

/** Journals a gate that waits for a person. */
export async function openGate(run: TeamRun, change: Partial<GateSubject> = {}): Promise<GateSubject> {
  const subject: GateSubject = {
    gateId: "g-review-1",
    runId: run.log.runId,
    phase: "review",
    treeHash: run.log.state.tree,
    rulesChecksum: run.setup.rulesChecksum,
    evidence: [{ criterion: { kind: "humanApproval", role: "reviewer" }, passed: false, needsPerson: true }],
    protectedFiles: [],
    approvers: ["reviewer"],
    ...change,
  };
  const { phase, rulesChecksum, evidence, gateId, treeHash } = subject;
  const data = { phase, rulesChecksum, evidence, gateId, treeHash, verdict: "needsPerson" as const };
  const kept = await run.log.keep(JSON.stringify(subject));
  await run.record({
    type: "gate.evaluated",
    actor: hostActor,
    data: { ...data, subject: kept, digest: digestOf(subject) },
  });
  return subject;
}

/** Journals a request for approval. */
export async function openApproval(
  run: TeamRun,
  change: Partial<ApprovalSubject> = {},
): Promise<ApprovalSubject> {
  const subject: ApprovalSubject = {
    approvalId: "a-1",
    runId: run.log.runId,
    taskId: "t-a",
    agentType: "back-end-coder",
    kind: "toolCall",
    tool: "run_command",
    input: { command: "npm install" },
    facts: ["npm install"],
    reason: "not in scope",
    risk: "medium",
    pattern: '["npm","install"]',
    needsPerson: false,
    approvers: ["lead"],
    ...change,
  };
  const { approvalId, kind, tool, risk } = subject;
  const kept = await run.log.keep(JSON.stringify(subject));
  const data = { approvalId, kind, tool, risk, subject: kept, digest: digestOf(subject), limitMs: 60_000 };
  await run.record({ type: "approval.requested", taskId: "t-a", actor: hostActor, data });
  return subject;
}
