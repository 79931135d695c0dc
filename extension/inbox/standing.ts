import type { Approver } from "../../agent-host/protocol/approver.ts";
import type { HumanRole } from "../../agent-host/protocol/phase.ts";

/**
 * What this window may answer in one folder.
 *
 * unknown   no host has said yet who holds keys
 * enrolled  this editor holds a key that the workspace knows
 * foreign   others hold keys, this editor none of them
 * closed    nobody holds a key, and none is admitted any more without a signature
 */
export type Standing =
  | { readonly kind: "unknown" }
  | { readonly kind: "enrolled"; readonly approver: Approver }
  | { readonly kind: "foreign"; readonly approvers: readonly Approver[] }
  | { readonly kind: "closed" };

/** Whether the roles asked for include one that this window's key holds. Where none is asked for nobody may. */
export function mayAnswer(standing: Standing, approvers: readonly HumanRole[]): boolean {
  if (standing.kind !== "enrolled") return false;
  const { role } = standing.approver;
  return approvers.some((wanted) => roleRank[role] >= roleRank[wanted]);
}

/** Each role holds the rights of those before it. */
const roleRank: Readonly<Record<HumanRole, number>> = {
  viewer: 0,
  developer: 1,
  reviewer: 2,
  lead: 3,
  admin: 4,
};
