import { digestOf } from "../core/digest.ts";
import { HostError } from "../core/host-error.ts";
import type { Journal } from "../journal/journal.ts";
import type { Approver } from "../protocol/approver.ts";
import type { SignedDecision } from "../protocol/decision.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { HumanRole } from "../protocol/phase.ts";
import type { ControlLog } from "./control-log.ts";
import type { DecisionsOptions } from "./decisions.ts";

export interface EnrolmentOptions extends Pick<DecisionsOptions, "verify" | "workspaceId"> {
  readonly journal: Pick<Journal, "append">;
  readonly control: ControlLog;
  /** Whether the key is what it claims to be. */
  isSoundKey(approver: Approver): boolean;
  /** The role in which a key decides now, which `roles.yaml` may have lowered; null: nobody decides. */
  roleNow(approver: Approver): Promise<HumanRole | null>;
}

/** Admits keys that may decide. The first of a workspace is taken on trust, each later one on a signature. */
export class Enrolment {
  private readonly options: EnrolmentOptions;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: EnrolmentOptions) {
    this.options = options;
  }

  /** Keys with the roles they have now. */
  async list(): Promise<{ approvers: Approver[]; isFirstKeyOpen: boolean }> {
    const { approvers, isFirstKeyOpen } = await this.options.control.current();
    const known = await Promise.all(
      Object.values(approvers).map(async (approver): Promise<Approver> => {
        return { ...approver, role: (await this.options.roleNow(approver)) ?? "viewer" };
      }),
    );
    return { approvers: known, isFirstKeyOpen };
  }

  /**
   * Resolves when the key is enrolled; at once for one that is already, unchanged.
   *
   * @throws HostError `approver.badKey`, `approver.enrolled`, `approver.needsSignature`, `decision.refused`.
   */
  async enroll(
    approver: Approver,
    signed: SignedDecision | undefined,
    client: Actor,
  ): Promise<{ seq: number }> {
    // Two first keys at once must not both find the door open.
    const enrolled = this.turn.then(() => this.enrollNow(approver, signed, client));
    this.turn = enrolled.catch(() => undefined);
    return await enrolled;
  }

  private async enrollNow(
    approver: Approver,
    signed: SignedDecision | undefined,
    client: Actor,
  ): Promise<{ seq: number }> {
    const { control, isSoundKey, workspaceId } = this.options;
    if (!isSoundKey(approver)) {
      throw new HostError("approver.badKey", "This is no Ed25519 key with the id it names");
    }
    const { approvers, isFirstKeyOpen, lastSeq } = await control.current();
    const known = approvers[approver.keyId];
    if (known !== undefined && digestOf(known) === digestOf(approver)) return { seq: lastSeq };
    if (known !== undefined) {
      // Signed once, an enrolment could be sent again; nothing it could bring back may ever have been taken away.
      await this.journalRefusal(approver, "approver.enrolled", client);
      throw new HostError("approver.enrolled", `Key ${approver.keyId} is enrolled as something else`, {
        hint: "Lower its role in roles.yaml, or enrol another key",
      });
    }
    if (Object.keys(approvers).length === 0 && isFirstKeyOpen && signed === undefined) {
      return await this.record(approver, { by: null }, client);
    }
    if (signed === undefined) {
      await this.journalRefusal(approver, "approver.needsSignature", client);
      throw new HostError(
        "approver.needsSignature",
        "A key is enrolled here already, or commands ran unguarded",
        {
          hint: "An enrolled lead or admin has to sign: 'agent-team approvers enroll --key FILE' with their key at hand",
        },
      );
    }
    const expected = {
      id: approver.keyId,
      digest: digestOf({ workspaceId, approver }),
      // Nobody hands out more than he has.
      approvers: [approver.role === "admin" ? ("admin" as const) : ("lead" as const)],
    };
    const verdict = await this.options.verify(signed, expected, Object.values(approvers));
    if (!verdict.valid || signed.decision.answer !== "approve") {
      const rule = verdict.valid ? "decision.answer" : verdict.rule;
      await this.journalRefusal(approver, rule, client);
      throw new HostError("decision.refused", verdict.valid ? "The decision is no approval" : verdict.reason);
    }
    const actor: Actor = { kind: "user", id: verdict.approver.identity, role: verdict.approver.role };
    return await this.record(approver, { by: signed.keyId, signature: signed.signature }, actor);
  }

  private async record(
    approver: Approver,
    how: { by: string | null; signature?: string },
    actor: Actor,
  ): Promise<{ seq: number }> {
    const resource = { type: "approver", id: approver.keyId };
    const draft: EventDraft = { type: "approver.enrolled", actor, resource, data: { approver, ...how } };
    const [entry] = await this.options.journal.append([draft], new AbortController().signal);
    return { seq: entry?.seq ?? 0 };
  }

  private async journalRefusal({ keyId }: Approver, rule: string, client: Actor): Promise<void> {
    const draft: EventDraft = {
      type: "permission.decided",
      actor: client,
      outcome: "denied",
      resource: { type: "approver", id: keyId },
      data: { permission: "enroll:approver", allowed: false, reason: rule, rule },
    };
    await this.options.journal.append([draft], new AbortController().signal);
  }
}
