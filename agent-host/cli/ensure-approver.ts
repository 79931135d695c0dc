import { userInfo } from "node:os";
import { isHostError } from "../core/host-error.ts";
import type { Approver } from "../protocol/approver.ts";
import type { HumanRole } from "../protocol/phase.ts";
import { visible } from "../protocol/visible.ts";
import type { KeyRing, SigningKey } from "./approver-keys.ts";
import type { Following } from "./follow-run.ts";

/**
 * Sees to it that somebody can pass the gates of a run, before it starts: the first key of a workspace is admitted
 * as it is. Where there is no key at hand, that is said once; the run starts all the same.
 */
export async function ensureApprover(given: Following, keys: KeyRing): Promise<void> {
  const { attachment, location, context } = given;
  const { workspaceId } = location;
  const { connection } = attachment;
  const { approvers } = await connection.request("approver/list", { workspaceId }, context.signal);
  if (approvers.length > 0) return;
  try {
    const key = await keyAtHand(given, keys);
    if (key === null) return warn(given, "no approver key is at hand", makeOne);
    const approver = approverFor(key, {});
    await connection.request("approver/enroll", { workspaceId, approver }, context.signal);
    if (!given.options.quiet)
      context.output.note(`Key ${key.keyId} of ${approver.identity} may decide here (${keys.path})\n`);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isHostError(error)) throw error;
    warn(given, error.message, error.hint ?? makeOne);
  }
}

const makeOne = "Make and enrol one with: agent-team approvers enroll, or set AGENT_TEAM_APPROVER_KEY_FILE";

/** What is sent to enrol a key. The first one holds every role. */
export function approverFor(
  { keyId, publicKey }: Pick<SigningKey, "keyId" | "publicKey">,
  { identity, role }: { identity?: string; role?: HumanRole },
): Approver {
  return { keyId, publicKey, identity: identity ?? userName(), role: role ?? "admin" };
}

async function keyAtHand({ context, options }: Following, keys: KeyRing): Promise<SigningKey | null> {
  const { signal, prompt, env } = context;
  const isPersonThere = prompt !== null && !options.json;
  const hasPassphrase = (env.AGENT_TEAM_APPROVER_PASSPHRASE ?? "") !== "";
  if (keys.exists()) return await keys.open(signal);
  if (!keys.isNamed && !hasPassphrase && !isPersonThere) return null;
  if (!keys.isNamed && isPersonThere) {
    context.output.note(
      "Gates that need a person are passed with a signature, and there is no key for it yet.\n",
    );
  }
  return await keys.make(signal);
}

function warn({ context }: Following, what: string, hint: string): void {
  context.output.note(
    `warning: ${visible(what)}: gates that need a person cannot be passed\n  → ${visible(hint)}\n`,
  );
}

function userName(): string {
  try {
    return userInfo().username.slice(0, 100) || "local-user";
  } catch {
    // Containers run as users that no list knows.
    return "local-user";
  }
}
