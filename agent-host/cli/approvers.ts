import { createPublicKey } from "node:crypto";
import { resolve } from "node:path";
import { keyIdOf } from "../client/approver-key.ts";
import type { WorkspaceLocation } from "../client/workspace-location.ts";
import { digestOf } from "../core/digest.ts";
import { HostError } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import type { Approver } from "../protocol/approver.ts";
import { decisionSchema, type Enrolment, type SignedDecision } from "../protocol/decision.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { HumanRole } from "../protocol/phase.ts";
import { visible } from "../protocol/visible.ts";
import { type KeyRing, keyRing, keyRingAt, type SigningKey } from "./approver-keys.ts";
import type { CliContext } from "./cli-context.ts";
import type { GlobalOptions } from "./command-frame.ts";
import { approverFor } from "./ensure-approver.ts";
import { withHost } from "./with-host.ts";

/** `agent-team approvers list` */
export async function listApproversCommand(options: GlobalOptions, context: CliContext): Promise<number> {
  return await withHost(options.workspace, context, async ({ connection }, { workspaceId }) => {
    const known = await connection.request("approver/list", { workspaceId }, context.signal);
    if (options.json) context.output.out(`${JSON.stringify(known)}\n`);
    else context.output.out(listText(known.approvers, known.isFirstKeyOpen));
    return exitCodes.done;
  });
}

export interface EnrollWish {
  readonly key?: string;
  readonly isNew: boolean;
  readonly identity?: string;
  readonly role?: HumanRole;
}

/** `agent-team approvers enroll` */
export async function enrollCommand(
  wish: EnrollWish,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  const { signal } = context;
  return await withHost(options.workspace, context, async ({ connection }, location) => {
    const { workspaceId } = location;
    const { approvers } = await connection.request("approver/list", { workspaceId }, signal);
    const isFirst = approvers.length === 0;
    refuseMisfit(wish, isFirst);
    const own = keyRing(location, context);
    const key = await keyToEnrol(wish, { own, location, context });
    if (approvers.some(({ keyId }) => keyId === key.keyId)) {
      throw new HostError("cli.usage", `Key ${key.keyId} is enrolled already`, {
        hint: "See 'agent-team approvers list'; a further key is named with --key FILE",
      });
    }
    const approver = approverFor(key, wish);
    const signed = isFirst
      ? {}
      : { signed: signedEnrolment({ workspaceId, approver }, await own.open(signal)) };
    const { seq } = await connection.request("approver/enroll", { workspaceId, approver, ...signed }, signal);
    const { keyId, identity, role } = approver;
    context.output.out(
      options.json
        ? `${JSON.stringify({ keyId, identity, role, seq })}\n`
        : `Key ${keyId} of ${visible(identity)} may decide as ${role} (entry ${seq})\n`,
    );
    return exitCodes.done;
  });
}

/** What an enrolled approver signs to admit a further key. */
export function signedEnrolment(enrolment: Enrolment, signer: SigningKey): SignedDecision {
  const { workspaceId, approver } = enrolment;
  const digest = digestOf(enrolment);
  return signer.sign(decisionSchema.parse({ workspaceId, id: approver.keyId, digest, answer: "approve" }));
}

function refuseMisfit({ role, key, isNew }: EnrollWish, isFirst: boolean): void {
  if (isFirst) return;
  if (role === undefined) {
    throw new HostError("cli.usage", "A further key needs --role", {
      hint: "viewer, developer, reviewer, lead or admin: what its holder may decide",
    });
  }
  if (key === undefined && isNew) {
    throw new HostError("cli.usage", "A further key needs a file of its own: --key FILE", {
      hint: "The default file holds the key you sign with",
    });
  }
}

interface KeyGiven {
  readonly own: KeyRing;
  readonly location: WorkspaceLocation;
  readonly context: CliContext;
}

async function keyToEnrol(
  { key, isNew }: EnrollWish,
  { own, location, context }: KeyGiven,
): Promise<Pick<SigningKey, "keyId" | "publicKey">> {
  const ring =
    key === undefined
      ? own
      : keyRingAt({ path: resolve(context.cwd, key), isNamed: true }, location, context);
  // Whoever asks for the first key without having one means a new one.
  if (isNew || (key === undefined && !ring.exists())) {
    const made = await ring.make(context.signal);
    context.output.note(`New key in ${ring.path}\n`);
    return made;
  }
  return (await publicKeyIn(ring.path)) ?? (await ring.open(context.signal));
}

const maxKeyFileBytes = 16_384;

/** Somebody else's key comes as its public half; null for a file that holds none. */
async function publicKeyIn(path: string): Promise<Pick<SigningKey, "keyId" | "publicKey"> | null> {
  const pem = await readSmallFile(path, maxKeyFileBytes).catch(() => null);
  if (pem === null || !pem.includes("-----BEGIN PUBLIC KEY-----")) return null;
  const key = publicKeyFrom(pem);
  if (key?.asymmetricKeyType !== "ed25519") {
    throw new HostError("approver.keyType", `${path} holds no Ed25519 key`, {
      hint: "Make one with: openssl genpkey -algorithm ed25519",
    });
  }
  const publicKey = key.export({ type: "spki", format: "der" }).toString("base64");
  return { keyId: keyIdOf(publicKey), publicKey };
}

function publicKeyFrom(pem: string): ReturnType<typeof createPublicKey> | null {
  try {
    return createPublicKey(pem);
  } catch {
    // What is no key is told like a key of another type.
    return null;
  }
}

function listText(approvers: readonly Approver[], isFirstKeyOpen: boolean): string {
  if (approvers.length > 0) {
    return approvers
      .map(({ keyId, identity, role }) => `${keyId}  ${role.padEnd(9)}  ${visible(identity)}\n`)
      .join("");
  }
  return isFirstKeyOpen
    ? "Nobody may decide yet. Admit the first key with: agent-team approvers enroll\n"
    : "Nobody may decide, and no first key is admitted any more: commands ran here that could have asked for it\n";
}
