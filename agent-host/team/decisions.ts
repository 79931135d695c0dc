import { HostError } from "../core/host-error.ts";
import type { Journal } from "../journal/journal.ts";
import type { ApprovalItem } from "../protocol/approval.ts";
import type { Approver } from "../protocol/approver.ts";
import type { SignedDecision } from "../protocol/decision.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { GateItem } from "../protocol/methods.ts";
import type { HumanRole } from "../protocol/phase.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { ControlLog } from "./control-log.ts";
import type { Inbox } from "./inbox.ts";
import type { RunLog } from "./run-log.ts";

export interface DecisionsOptions {
  readonly workspaceId: string;
  readonly journal: Pick<Journal, "append">;
  readonly control: ControlLog;
  readonly inbox: Inbox;
  withLog<T>(runId: string, act: (log: RunLog) => Promise<T>): Promise<T>;
  /** Most times the work of a run may be sent back. */
  maxReturns(log: RunLog): Promise<number>;
  /** Whether the signature is an enrolled key's, for exactly this, by a role that may. */
  verify(
    signed: SignedDecision,
    expected: { id: string; digest: string; approvers: readonly HumanRole[] },
    approvers: readonly Approver[],
  ): Promise<{ valid: true; approver: Approver } | { valid: false; rule: string; reason: string }>;
}

/**
 * Takes the answers of people. Each is held against what stands open now, checked, and journaled before it counts;
 * one that is refused is journaled too. The first valid answer wins.
 */
export class Decisions {
  private readonly options: DecisionsOptions;
  /** One at a time: two answers to one question must not both find it open. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: DecisionsOptions) {
    this.options = options;
  }

  /** @throws HostError `decision.refused`, `.tooLate`, `.uncleared`, `.returnTo`, `.returns`; each is journaled. */
  async decideGate(signed: SignedDecision, client: Actor): Promise<{ seq: number }> {
    return await this.inTurn(() => this.gateNow(signed, client));
  }

  /** @throws as `decideGate`. */
  async decideApproval(signed: SignedDecision, client: Actor): Promise<{ seq: number }> {
    return await this.inTurn(() => this.approvalNow(signed, client));
  }

  private async gateNow(signed: SignedDecision, client: Actor): Promise<{ seq: number }> {
    const { decision } = signed;
    const item = (await this.options.inbox.gates()).find(({ digest }) => digest === decision.digest);
    if (item === undefined) throw await this.notOpen("gate", signed, client);
    const { subject } = item;
    const actor = await this.verified(
      "gate",
      signed,
      { id: subject.gateId, digest: item.digest, approvers: subject.approvers },
      client,
    );
    const uncleared = subject.protectedFiles.filter((file) => !decision.clears.includes(file));
    if (decision.answer === "approve" && uncleared.length > 0) {
      await this.journalRefusal("gate", subject.gateId, "decision.uncleared", actor);
      throw new HostError(
        "decision.uncleared",
        `${uncleared.length} protected files are not cleared: ${uncleared.slice(0, 5).join(", ")}`,
        { hint: "Name each protected file in the decision, or reject" },
      );
    }
    return await this.options.withLog(subject.runId, async (log) => {
      // The run may have gone on, or ended, since the list was read.
      if (!isOpenGate(log.state, subject.gateId)) throw await this.notOpen("gate", signed, client);
      await this.refuseBadReturn(item, signed, actor, log);
      const entries = await log.record([await gateEntry(item, signed, actor, log)]);
      return { seq: entries[0]?.seq ?? 0 };
    });
  }

  private async approvalNow(signed: SignedDecision, client: Actor): Promise<{ seq: number }> {
    const { decision } = signed;
    const item = (await this.options.inbox.approvals()).find(({ digest }) => digest === decision.digest);
    if (item === undefined) throw await this.notOpen("approval", signed, client);
    const { subject, digest } = item;
    const expected = { id: subject.approvalId, digest, approvers: subject.approvers };
    const actor = await this.verified("approval", signed, expected, client);
    const { runId } = subject;
    if (runId === null) {
      const draft = approvalEntry(item, signed, actor, {});
      const [entry] = await this.options.journal.append([draft], new AbortController().signal);
      return { seq: entry?.seq ?? 0 };
    }
    return await this.options.withLog(runId, async (log) => {
      const { finishedAt, approvals } = log.state;
      const isOpen = finishedAt === null && approvals[subject.approvalId]?.answer === "open";
      if (!isOpen) throw await this.notOpen("approval", signed, client);
      const reaches = decision.answer === "approve" && decision.extent !== "once" && subject.pattern !== null;
      const kept = {
        signed: await log.keep(JSON.stringify(signed)),
        ...(reaches ? { grant: await log.keep(subject.pattern ?? "") } : {}),
        ...(decision.comment === "" ? {} : { comment: await log.keep(decision.comment) }),
      };
      const [entry] = await log.record([approvalEntry(item, signed, actor, kept)]);
      return { seq: entry?.seq ?? 0 };
    });
  }

  private async verified(
    what: "gate" | "approval",
    signed: SignedDecision,
    expected: { id: string; digest: string; approvers: readonly HumanRole[] },
    client: Actor,
  ): Promise<Actor> {
    const { approvers } = await this.options.control.current();
    const verdict = await this.options.verify(signed, expected, Object.values(approvers));
    if (verdict.valid) return { kind: "user", id: verdict.approver.identity, role: verdict.approver.role };
    await this.journalRefusal(what, expected.id, verdict.rule, client);
    throw new HostError("decision.refused", verdict.reason, {
      hint: "Only an enrolled approver whose role may can decide this; see 'agent-team approvers list'",
    });
  }

  private async journalRefusal(what: string, id: string, rule: string, client: Actor): Promise<void> {
    const draft: EventDraft = {
      type: "permission.decided",
      actor: client,
      outcome: "denied",
      resource: { type: what, id: id.slice(0, 500) },
      data: { permission: `decide:${what}`, allowed: false, reason: rule, rule },
    };
    await this.options.journal.append([draft], new AbortController().signal);
  }

  /** Somebody was first, the work changed, or there never was such a question. */
  private async notOpen(
    what: "gate" | "approval",
    signed: SignedDecision,
    client: Actor,
  ): Promise<HostError> {
    const { id } = signed.decision;
    await this.journalRefusal(what, id, "decision.tooLate", client);
    return new HostError("decision.tooLate", `${id} is not open, or not as it was shown`, {
      hint: "It was answered already or the work changed meanwhile; look at what waits now",
    });
  }

  private async refuseBadReturn(
    item: GateItem,
    { decision }: SignedDecision,
    actor: Actor,
    log: RunLog,
  ): Promise<void> {
    const { returnTo, answer } = decision;
    const { gateId } = item.subject;
    if (returnTo === null || answer === "approve") return;
    const phases = log.state.phases.map((each) => each.phase);
    const from = phases.indexOf(item.subject.phase);
    const to = phases.indexOf(returnTo);
    if (to < 0 || to > from) {
      const possible = phases.slice(0, from + 1).join(", ");
      await this.journalRefusal("gate", gateId, "decision.returnTo", actor);
      throw new HostError("decision.returnTo", `The work cannot go back to ${returnTo}`, {
        hint: `Name one of these phases: ${possible}`,
      });
    }
    const most = await this.options.maxReturns(log);
    if (log.state.returns.length >= most) {
      await this.journalRefusal("gate", gateId, "decision.returns", actor);
      throw new HostError("decision.returns", `The work was sent back ${most} times already`, {
        hint: "Approve it, or reject it without a phase, which ends the run",
      });
    }
  }

  private inTurn<T>(decide: () => Promise<T>): Promise<T> {
    const decided = this.turn.then(decide);
    this.turn = decided.catch(() => undefined);
    return decided;
  }
}

function isOpenGate({ finishedAt, phases }: RunState, gateId: string): boolean {
  const isOpen = phases.some(({ status, gate }) => status === "needsPerson" && gate?.gateId === gateId);
  return isOpen && finishedAt === null;
}

async function gateEntry(
  item: GateItem,
  signed: SignedDecision,
  actor: Actor,
  log: RunLog,
): Promise<EventDraft> {
  const { phase, gateId, treeHash, evidence } = item.subject;
  const { answer, returnTo, comment } = signed.decision;
  const isApproved = answer === "approve";
  const data = {
    phase,
    decision: isApproved ? ("passed" as const) : ("rejected" as const),
    criteria: evidence.map((each) => each.criterion),
    gateId,
    treeHash,
    keyId: signed.keyId,
    signed: await log.keep(JSON.stringify(signed)),
    signature: signed.signature,
    ...(isApproved || returnTo === null
      ? {}
      : { returned: { to: returnTo, comment: await log.keep(comment) } }),
  };
  return { type: "gate.decided", actor, outcome: isApproved ? "ok" : "denied", data };
}

function approvalEntry(
  { subject, digest }: ApprovalItem,
  { decision, keyId, signature }: SignedDecision,
  actor: Actor,
  kept: Partial<Record<"signed" | "grant" | "comment", Awaited<ReturnType<RunLog["keep"]>>>>,
): EventDraft {
  const { answer, extent } = decision;
  return {
    type: "approval.decided",
    ...(subject.taskId === null ? {} : { taskId: subject.taskId }),
    actor,
    outcome: answer === "approve" ? "ok" : "denied",
    data: {
      approvalId: subject.approvalId,
      answer,
      extent,
      by: "person",
      digest,
      keyId,
      signature,
      ...kept,
    },
  };
}
