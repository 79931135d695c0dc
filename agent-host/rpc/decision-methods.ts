import { isHostError } from "../core/host-error.ts";
import type { SignedDecision } from "../protocol/decision.ts";
import type { Decisions } from "../team/decisions.ts";
import type { MethodServices } from "./host-methods.ts";
import { localUser } from "./local-user.ts";
import type { MethodTable } from "./session.ts";

type DecisionMethods = Pick<
  MethodTable,
  | "gate/list"
  | "gate/decide"
  | "approval/list"
  | "approval/decide"
  | "approver/list"
  | "approver/enroll"
  | "text/read"
>;

const maxTextRead = 2_000_000;

/** Methods by which people answer: the token lets a client ask, a signature lets it decide. */
export function decisionMethods(services: MethodServices): DecisionMethods {
  const { inbox, decisions, enrolment, blobs } = services;
  return {
    "text/read": async ({ runId, blob }, { signal }) => {
      const bytes = await blobs.get(runId, blob, signal);
      const isCut = bytes.length > maxTextRead;
      return { text: bytes.subarray(0, maxTextRead).toString("utf8"), isCut };
    },
    "gate/list": async ({ runId }) => ({ gates: await inbox.gates(runId) }),
    "gate/decide": async ({ signed }) => await decisions.decideGate(signed, localUser),
    "approval/list": async ({ runId }) => ({ approvals: await inbox.approvals(runId) }),
    "approval/decide": async ({ signed }) => {
      const decided = [];
      for (const each of signed) decided.push(await outcomeOf(each, decisions));
      return { decided };
    },
    "approver/list": async () => await enrolment.list(),
    "approver/enroll": async ({ approver, signed }) => await enrolment.enroll(approver, signed, localUser),
  };
}

/** A decision that is refused must not keep the others of its batch from counting. */
async function outcomeOf(
  signed: SignedDecision,
  decisions: Decisions,
): Promise<{ id: string; seq: number } | { id: string; code: string; message: string }> {
  const { id } = signed.decision;
  try {
    return { id, seq: (await decisions.decideApproval(signed, localUser)).seq };
  } catch (error) {
    if (!isHostError(error)) throw error;
    return { id, code: error.code, message: error.message };
  }
}
