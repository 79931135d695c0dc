import { HostError, isHostError } from "../../agent-host/core/host-error.ts";
import type { Decision } from "../../agent-host/protocol/decision.ts";
import type { Choice } from "../../agent-host/protocol/review-view.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { ApproverKeys } from "./approver-keys.ts";
import type { Standing } from "./standing.ts";
import type { WaitingItem } from "./waiting-item.ts";

/** What became of an answer. `late`: another person's answer was there first. */
export type Outcome =
  | { readonly kind: "decided"; readonly seq: number }
  | { readonly kind: "late"; readonly message: string };

export interface Deciding {
  readonly session: Pick<FolderSession, "request">;
  readonly keys: Pick<ApproverKeys, "sign">;
  readonly standing: Standing;
}

/**
 * The decision that a choice makes of an item. Pure.
 *
 * @throws HostError `decision.*` where the choice leaves out what the answer needs, or the item's digest is not that
 * of what is shown.
 */
export function decisionOf(item: WaitingItem, choice: Choice): Decision {
  refuseUnsound(item);
  if (item.kind === "gate") refuseIncomplete(item.gate.subject.protectedFiles, choice);
  const isReject = choice.answer === "reject";
  return {
    workspaceId: item.workspaceId,
    id: item.id,
    digest: item.digest,
    answer: choice.answer,
    extent: item.kind === "approval" && !isReject ? choice.extent : "once",
    returnTo: item.kind === "gate" && isReject ? choice.returnTo : null,
    clears: item.kind === "gate" && !isReject ? [...choice.clears] : [],
    comment: choice.comment,
  };
}

/**
 * Signs and sends an answer.
 *
 * @throws HostError as `decisionOf`, `approver.*` without a key, and the host's refusals but for being late.
 */
export async function decide(
  { session, keys, standing }: Deciding,
  item: WaitingItem,
  choice: Choice,
  signal: AbortSignal,
): Promise<Outcome> {
  if (standing.kind !== "enrolled") {
    throw new HostError("approver.notEnrolled", "This editor holds no approver key of the workspace", {
      hint: "A person with a key can admit it with 'agent-team approvers enroll'",
    });
  }
  const signed = await keys.sign(decisionOf(item, choice), standing.approver);
  try {
    if (item.kind === "gate") {
      const { seq } = await session.request("gate/decide", { signed }, signal);
      return { kind: "decided", seq };
    }
    const { decided } = await session.request("approval/decide", { signed: [signed] }, signal);
    const [result] = decided;
    if (result === undefined) throw new HostError("decision.lost", "The host did not say what became of it");
    if ("seq" in result) return { kind: "decided", seq: result.seq };
    throw new HostError(result.code, result.message);
  } catch (error) {
    if (isHostError(error) && error.code === "decision.tooLate")
      return { kind: "late", message: error.message };
    throw error;
  }
}

function refuseUnsound(item: WaitingItem): void {
  if (item.isSound) return;
  throw new HostError(
    "decision.digestMismatch",
    "The digest is not that of what is shown; nothing was signed",
    {
      hint: "Restart the host. If it happens again, do not answer, and verify the audit log",
    },
  );
}

function refuseIncomplete(protectedFiles: readonly string[], choice: Choice): void {
  const missing = protectedFiles.filter((file) => !choice.clears.includes(file));
  if (choice.answer === "approve" && missing.length > 0) {
    throw new HostError("decision.notCleared", `Protected files are not ticked: ${missing.join(", ")}`);
  }
  if (choice.clears.some((file) => !protectedFiles.includes(file))) {
    throw new HostError("decision.clearsOther", "A file was ticked that this gate does not name");
  }
  if (choice.answer === "reject" && choice.comment.trim() === "") {
    throw new HostError("decision.commentMissing", "A rejected gate needs a comment for the team");
  }
}
