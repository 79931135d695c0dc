import { createPublicKey, verify } from "node:crypto";
import { sha256 } from "../core/digest.ts";
import type { Approver } from "../protocol/approver.ts";
import { decisionText, type SignedDecision } from "../protocol/decision.ts";
import type { HumanRole } from "../protocol/phase.ts";
import { holdsRole, roleOf } from "./human-roles.ts";
import type { LoadedRoles } from "./load-roles.ts";

/** What a decision is held against. */
export interface DecisionCheck {
  readonly signed: SignedDecision;
  /** Keys enrolled in this workspace. */
  readonly approvers: readonly Approver[];
  readonly roles: LoadedRoles;
  readonly workspaceId: string;
  readonly expected: {
    readonly id: string;
    readonly digest: string;
    /** Roles of which one is needed; where there is none nobody may decide. */
    readonly approvers: readonly HumanRole[];
  };
}

export type DecisionRule =
  | "decision.unknownKey"
  | "decision.badSignature"
  | "decision.otherWorkspace"
  | "decision.otherId"
  | "decision.otherDigest"
  | "decision.rolesRefused"
  | "decision.role";

/** `approver` has the role in which it decides, which `roles.yaml` may have lowered. */
export type DecisionVerdict =
  | { readonly valid: true; readonly approver: Approver }
  | { readonly valid: false; readonly rule: DecisionRule; readonly reason: string };

/**
 * Whether a decision was made by an enrolled key, about exactly this, by a role that may. The signature is checked
 * before anything the decision says, so no reason is told to who cannot sign.
 */
export function verifyDecision(check: DecisionCheck): DecisionVerdict {
  const { signed, expected } = check;
  const approver = check.approvers.find(({ keyId }) => keyId === signed.keyId);
  if (approver === undefined) {
    return refuse("decision.unknownKey", `Key ${signed.keyId} is not enrolled in this workspace`);
  }
  if (!isSignatureOf(approver, signed)) {
    return refuse("decision.badSignature", `The signature is not key ${signed.keyId}'s for this decision`);
  }
  const { decision } = signed;
  if (decision.workspaceId !== check.workspaceId) {
    return refuse("decision.otherWorkspace", "The decision was made for another workspace");
  }
  if (decision.id !== expected.id) return refuse("decision.otherId", `The decision is about ${decision.id}`);
  if (decision.digest !== expected.digest) {
    return refuse("decision.otherDigest", "What was decided on is not what stands now; look at it again");
  }
  return judgeRole(approver, check);
}

/** Whether a key that is to be enrolled is what it claims: Ed25519, with the id that follows from it. */
export function isSoundKey({ keyId, publicKey }: Pick<Approver, "keyId" | "publicKey">): boolean {
  return publicKeyOf({ keyId, publicKey }) !== null;
}

/** Protected files that an approving decision must still name, in order. Naming a folder or a glob clears nothing. */
export function unclearedFiles(protectedFiles: readonly string[], clears: readonly string[]): string[] {
  const cleared = new Set(clears);
  return protectedFiles.filter((file) => !cleared.has(file));
}

function judgeRole(approver: Approver, { roles, expected }: DecisionCheck): DecisionVerdict {
  const role = roleOf(approver, roles);
  if (role === null) {
    return refuse("decision.rolesRefused", "roles.yaml is broken; nobody decides until it is mended");
  }
  if (expected.approvers.some((needed) => holdsRole(role, needed))) {
    return { valid: true, approver: { ...approver, role } };
  }
  const needed = expected.approvers.join(" or ");
  const reason =
    needed === "" ? "Nobody may decide this" : `${approver.identity} is ${role}; this needs ${needed}`;
  return refuse("decision.role", reason);
}

function isSignatureOf(approver: Approver, { decision, signature }: SignedDecision): boolean {
  const key = publicKeyOf(approver);
  const bytes = Buffer.from(signature, "base64");
  // Base64 leaves bits open that no decoder looks at: one signature, one spelling.
  if (key === null || bytes.length !== 64 || bytes.toString("base64") !== signature) return false;
  return verify(null, Buffer.from(decisionText(decision), "utf8"), key, bytes);
}

function publicKeyOf({ keyId, publicKey }: Pick<Approver, "keyId" | "publicKey">) {
  const spki = Buffer.from(publicKey, "base64");
  const isNamedSo = sha256(spki).slice(0, 16) === keyId;
  if (!isNamedSo || spki.toString("base64") !== publicKey) return null;
  try {
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    return key.asymmetricKeyType === "ed25519" ? key : null;
  } catch {
    // Not a key at all: as good as one that does not fit.
    return null;
  }
}

function refuse(rule: DecisionRule, reason: string): DecisionVerdict {
  return { valid: false, rule, reason };
}
