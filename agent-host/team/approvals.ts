import { digestOf } from "../core/digest.ts";
import { HostError } from "../core/host-error.ts";
import type { ApprovalSubject } from "../protocol/approval.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { ApprovalState } from "../protocol/state/schemas.ts";
import { policyAnswer } from "./approval-policy.ts";
import type { RunSetup } from "./run-setup.ts";

/** What is asked; the id is added here. */
export type ApprovalQuestion = Omit<ApprovalSubject, "approvalId" | "runId">;

export interface ApprovalAnswer {
  readonly answer: "approve" | "reject";
  readonly by: string;
  /** The person's words; empty without any. */
  readonly comment: string;
}

/** What an approval is asked for; none of it is signed. */
export interface ApprovalPlace {
  readonly effectId: string;
  readonly actor: Actor;
  /** The scope covers it, so that the policy `auto` may grant it. */
  readonly inScope?: boolean;
}

const host: Actor = { kind: "system", id: "host", role: "host" };

/**
 * Asks for approvals of one run and waits for their answers, which come as entries from wherever a person is. An
 * answer counts only for exactly what was asked; nothing is ever granted by waiting.
 */
export class Approvals {
  private readonly setup: RunSetup;
  private readonly newId: () => string;

  constructor(setup: RunSetup, given: { newId: () => string }) {
    this.setup = setup;
    this.newId = given.newId;
  }

  /**
   * The answer to `question`, also one that was given before the host ended.
   *
   * @throws HostError `approval.timeout` when nobody answered in time; the signal's reason when it aborts.
   */
  async ask(question: ApprovalQuestion, place: ApprovalPlace, signal: AbortSignal): Promise<ApprovalAnswer> {
    const known = this.asked(question, place.effectId);
    const approvalId = known?.approvalId ?? (await this.request(question, place));
    const given = await this.setup.activity.waitingFor(approvalId, "task", () =>
      this.answerTo(approvalId, signal),
    );
    const { comment, ...rest } = given;
    return { ...rest, comment: comment === null ? "" : await this.setup.log.recall(comment) };
  }

  /** Patterns a person allowed for the rest of this run. */
  async granted(): Promise<string[]> {
    const { log } = this.setup;
    const grants = Object.values(log.state.approvals).filter(
      (each) => each.answer === "approve" && each.extent !== "once" && each.grant !== null,
    );
    return await Promise.all(grants.map((each) => log.recall(each.grant ?? "")));
  }

  /** An earlier request for the same effect, if it asked exactly this. */
  private asked(question: ApprovalQuestion, effectId: string): ApprovalState | undefined {
    return Object.values(this.setup.log.state.approvals).find(
      (each) =>
        each.effectId === effectId &&
        each.kind === question.kind &&
        each.digest === digestOf(this.subjectOf(question, each.approvalId)),
    );
  }

  private async request(
    question: ApprovalQuestion,
    { effectId, actor, inScope = false }: ApprovalPlace,
  ): Promise<string> {
    const { log, pinned } = this.setup;
    const subject = this.subjectOf(question, `a-${this.newId()}`);
    const { approvalId, kind, tool, risk, taskId } = subject;
    const digest = digestOf(subject);
    const limitMs = Math.round(pinned.rules.limits.approvalMinutes * 60_000);
    const kept = await log.keep(JSON.stringify(subject));
    const of = taskId === null ? {} : { taskId };
    const data = { approvalId, kind, tool, risk, subject: kept, digest, limitMs, effectId };
    const requested: EventDraft = { type: "approval.requested", ...of, actor, data };
    const policy = policyAnswer(log.state.approve, { ...subject, inScope });
    if (policy === null) {
      await log.record([requested]);
      return approvalId;
    }
    const answered = { approvalId, ...policy, extent: "once" as const, digest };
    const outcome = policy.answer === "approve" ? "ok" : "denied";
    await log.record([requested, { type: "approval.decided", ...of, actor: host, outcome, data: answered }]);
    return approvalId;
  }

  private subjectOf(question: ApprovalQuestion, approvalId: string): ApprovalSubject {
    const { log } = this.setup;
    return log.asKept({ ...question, approvalId, runId: log.runId });
  }

  private async answerTo(approvalId: string, signal: AbortSignal): Promise<KeptAnswer> {
    const { log, clock } = this.setup;
    const limitMs = log.state.approvals[approvalId]?.limitMs ?? 0;
    const ended = new AbortController();
    const watching = AbortSignal.any([signal, ended.signal]);
    const timedOut = clock.sleep(limitMs, watching).then(() => {
      throw new HostError(
        "approval.timeout",
        `Nobody answered ${approvalId} in ${limitMs / 60_000} minutes`,
        {
          hint: "Answer it, then go on with 'agent-team runs resume <run>'",
        },
      );
    });
    const answered = log.until((state) => {
      const approval = state.approvals[approvalId];
      return approval === undefined || approval.answer === "open"
        ? null
        : { answer: approval.answer, by: approval.by ?? "", comment: approval.comment };
    }, watching);
    try {
      return await Promise.race([answered, timedOut]);
    } finally {
      ended.abort();
      // The one that lost the race rejects with the abort.
      await Promise.allSettled([answered, timedOut]);
    }
  }
}

interface KeptAnswer extends Omit<ApprovalAnswer, "comment"> {
  /** Blob name. */
  readonly comment: string | null;
}
