import type { Access } from "../../tools/tool.ts";
import type { AccessDecision, AccessRules } from "../access-decision.ts";
import { checkUrl } from "../network/check-url.ts";

export type ConnectAccess = Extract<Access, { kind: "connect" }>;

/**
 * Connections: only to public addresses by http(s); without a question only to hosts of the scope, and only as long as
 * the task has read nothing that others wrote, for what it sends along may be theirs. No grant reaches further than a
 * single call: what an address says is in its path.
 */
export function decideConnection({ url, host }: ConnectAccess, rules: AccessRules): AccessDecision {
  const checked = checkUrl(url);
  if (checked.kind === "refused") {
    return { kind: "deny", rule: "network.address", reason: checked.reason };
  }
  if (checked.url !== url || checked.host !== host) {
    return { kind: "deny", rule: "network.form", reason: "The address is not written as it is understood" };
  }
  const isInScope = rules.scope.hosts.some((each) => covers(each, checked));
  const asked = { kind: "ask", risk: "high", needsPerson: false, pattern: null } as const;
  if (!isInScope) {
    return { ...asked, rule: "network.unknown", reason: "The scope does not name this host", inScope: false };
  }
  if (rules.isTainted) {
    const reason = "The scope names this host, but the task has read what others wrote";
    return { ...asked, rule: "network.tainted", reason, inScope: true };
  }
  return { kind: "allow", rule: "scope.hosts", reason: "The scope names this host" };
}

/**
 * A host as the scope has it: exact, `*.suffix` for everything below it, with `:port` for a port other than the
 * scheme's own.
 */
function covers(listed: string, { host: name, port }: { host: string; port: string }): boolean {
  const host = name.endsWith(".") ? name.slice(0, -1) : name;
  const wanted = listed.toLowerCase();
  const suffix = port === "" ? "" : `:${port}`;
  if (!wanted.startsWith("*.")) return wanted === `${host}${suffix}`;
  // The dot stays, so that the suffix begins where a label does.
  return `${host}${suffix}`.endsWith(wanted.slice(1));
}
