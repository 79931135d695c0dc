import { existsSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import {
  type ApproverKey,
  generateApproverKey,
  readApproverKeyFile,
  signDecision,
  writeApproverKeyFile,
} from "../client/approver-key.ts";
import type { WorkspaceLocation } from "../client/workspace-location.ts";
import { HostError } from "../core/host-error.ts";
import type { Decision, SignedDecision } from "../protocol/decision.ts";
import type { CliContext } from "./cli-context.ts";
import type { Prompt } from "./prompt.ts";

/** A key that is open, and signs. */
export interface SigningKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly sign: (decision: Decision) => SignedDecision;
}

/** The file with a person's key. What is opened once stays open for as long as the command lasts. */
export interface KeyRing {
  readonly path: string;
  /** Whether the person named the file, by variable or option. */
  readonly isNamed: boolean;
  exists(): boolean;
  /**
   * @throws HostError `approver.noKey`, `approver.passphraseNeeded` where nobody can be asked, `approver.passphraseWrong`
   * after the third try, `approver.keyFileOpen`, `approver.keyUnreadable`, `approver.keyType`.
   */
  open(signal: AbortSignal): Promise<SigningKey>;
  /**
   * Makes a new key file. One in the default place is always protected; one that was named only where there is a
   * passphrase.
   *
   * @throws HostError `approver.keyExists`, `approver.keyInWorkspace`, `approver.passphraseNeeded`.
   */
  make(signal: AbortSignal): Promise<SigningKey>;
}

const tries = 3;

/** The key that decides: `AGENT_TEAM_APPROVER_KEY_FILE`, else the one in the state folder. */
export function keyRing(
  location: Pick<WorkspaceLocation, "home" | "realPath">,
  context: Pick<CliContext, "env" | "cwd" | "prompt">,
): KeyRing {
  const named = context.env.AGENT_TEAM_APPROVER_KEY_FILE ?? "";
  return named === ""
    ? keyRingAt({ path: join(location.home, "approver-key.pem"), isNamed: false }, location, context)
    : keyRingAt({ path: resolve(context.cwd, named), isNamed: true }, location, context);
}

/** The same for a key file at another place. */
export function keyRingAt(
  place: { path: string; isNamed: boolean },
  { realPath }: Pick<WorkspaceLocation, "realPath">,
  { env, prompt }: Pick<CliContext, "env" | "prompt">,
): KeyRing {
  const { path, isNamed } = place;
  const given = env.AGENT_TEAM_APPROVER_PASSPHRASE ?? "";
  const passphrase = given === "" ? null : given;
  let opened: SigningKey | null = null;
  return {
    path,
    isNamed,
    exists: () => existsSync(path),
    async open(signal) {
      opened ??= signing(await read({ path, passphrase, prompt }, signal));
      return opened;
    },
    async make(signal) {
      refuseInside(realPath, path);
      const chosen = passphrase ?? (await newPassphrase({ path, isNamed, prompt }, signal));
      const { key } = generateApproverKey({ identity: "new", role: "viewer" });
      await writeApproverKeyFile(path, key, chosen);
      opened = signing(key);
      return opened;
    },
  };
}

function signing(key: ApproverKey): SigningKey {
  return { keyId: key.keyId, publicKey: key.publicKey, sign: (decision) => signDecision(decision, key) };
}

async function read(
  given: { path: string; passphrase: string | null; prompt: Prompt | null },
  signal: AbortSignal,
): Promise<ApproverKey> {
  const { path, passphrase, prompt } = given;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readApproverKeyFile(path, async () => passphrase ?? (await asked(path, prompt, signal)));
    } catch (error) {
      const isWrong = error instanceof HostError && error.code === "approver.passphraseWrong";
      if (!isWrong || passphrase !== null || attempt === tries) throw error;
    }
  }
}

async function asked(path: string, prompt: Prompt | null, signal: AbortSignal): Promise<string> {
  if (prompt === null) throw passphraseNeeded(path);
  return await prompt.askHidden(`Passphrase of ${path}: `, signal);
}

/** Null for a file without one. */
async function newPassphrase(
  given: { path: string; isNamed: boolean; prompt: Prompt | null },
  signal: AbortSignal,
): Promise<string | null> {
  const { path, isNamed, prompt } = given;
  if (isNamed) return null;
  if (prompt === null) throw passphraseNeeded(path);
  for (;;) {
    const first = await prompt.askHidden(`Passphrase for the new key ${path}: `, signal);
    if (first === "") {
      throw new HostError("approver.noKey", "No approver key was made", {
        hint: "Make one later with: agent-team approvers enroll",
      });
    }
    if ((await prompt.askHidden("The same again: ", signal)) === first) return first;
  }
}

function passphraseNeeded(path: string): HostError {
  return new HostError("approver.passphraseNeeded", `The approver key ${path} needs a passphrase`, {
    hint: "Set AGENT_TEAM_APPROVER_PASSPHRASE, or use a terminal to be asked",
  });
}

/** What lies in the workspace is copied to where agents work. */
function refuseInside(root: string, path: string): void {
  const way = relative(root, path);
  if (way === ".." || way.startsWith(`..${sep}`) || resolve(way) === way) return;
  throw new HostError("approver.keyInWorkspace", `The approver key would lie in the workspace: ${path}`, {
    hint: "Keep it where agents cannot read it: name a file outside this folder",
  });
}
