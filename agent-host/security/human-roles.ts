import type { Approver } from "../protocol/approver.ts";
import { type HumanRole, humanRoleSchema } from "../protocol/phase.ts";
import type { LoadedRoles } from "./load-roles.ts";

/** Whether who has `held` may act as `needed`: each role holds the rights of those before it. */
export function holdsRole(held: HumanRole, needed: HumanRole): boolean {
  return rankOf(held) >= rankOf(needed);
}

/**
 * The role in which an enrolled approver decides: the lower of the enrolled one and the one in `roles.yaml`; who is
 * not listed there only watches. Null while that file is broken: then nobody decides.
 */
export function roleOf(approver: Pick<Approver, "identity" | "role">, roles: LoadedRoles): HumanRole | null {
  if (roles.kind === "refused") return null;
  if (roles.kind === "absent") return approver.role;
  const listed = roles.roles.get(approver.identity) ?? "viewer";
  return holdsRole(approver.role, listed) ? listed : approver.role;
}

function rankOf(role: HumanRole): number {
  return humanRoleSchema.options.indexOf(role);
}
