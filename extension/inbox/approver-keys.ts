import { HostError, isHostError, messageOf } from "../../agent-host/core/host-error.ts";
import type { Approver } from "../../agent-host/protocol/approver.ts";
import type { Decision, SignedDecision } from "../../agent-host/protocol/decision.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { Standing } from "./standing.ts";

/** The editor's store of secrets, or a test's. */
export interface SecretStore {
  get(name: string): PromiseLike<string | undefined>;
  store(name: string, value: string): PromiseLike<void>;
  delete(name: string): PromiseLike<void>;
}

/** Making and using Ed25519 keys; a parameter so that the schemas behind it are loaded when first needed. */
export interface KeyCraft {
  /** `privateKey` is PEM and never leaves the store but to sign. */
  generate(holder: Pick<Approver, "identity" | "role">): {
    readonly approver: Approver;
    readonly privateKey: string;
  };
  sign(decision: Decision, privateKey: string): SignedDecision;
}

export interface ApproverKeysOptions {
  readonly secrets: SecretStore;
  craft(): Promise<KeyCraft>;
  /** Whom the first key of a workspace is bound to: the name of the operating system's user. */
  readonly identity: string;
  log(message: string): void;
}

export type KeySession = Pick<FolderSession, "workspaceId" | "name" | "request">;

/**
 * This editor's approver keys, one per workspace, each stored under its own id: two windows that make one at the
 * same time never overwrite each other's.
 */
export class ApproverKeys {
  private readonly options: ApproverKeysOptions;
  /** Questions on their way, by workspace: two at once must not make two keys. */
  private readonly asking = new Map<string, Promise<Standing>>();

  constructor(options: ApproverKeysOptions) {
    this.options = options;
  }

  /**
   * How this editor stands in a workspace. Enrolls a new key where the workspace has none and still admits a first
   * one. Who asks while the same is being asked shares that answer, and the first one's signal.
   */
  async standingIn(session: KeySession, signal: AbortSignal): Promise<Standing> {
    const { workspaceId } = session;
    let asked = this.asking.get(workspaceId);
    if (asked === undefined) {
      asked = this.ask(session, signal).finally(() => this.asking.delete(workspaceId));
      this.asking.set(workspaceId, asked);
    }
    return await asked;
  }

  private async ask(session: KeySession, signal: AbortSignal): Promise<Standing> {
    const { approvers, isFirstKeyOpen } = await session.request("approver/list", {}, signal);
    const held = await this.held(approvers);
    if (held !== undefined) return { kind: "enrolled", approver: held };
    if (approvers.length > 0) return { kind: "foreign", approvers };
    if (!isFirstKeyOpen) return { kind: "closed" };
    return await this.enrollFirst(session, signal);
  }

  /** @throws HostError `approver.keyMissing` when the key is no longer in the editor's store. */
  async sign(decision: Decision, approver: Approver): Promise<SignedDecision> {
    const privateKey = await this.options.secrets.get(secretName(approver.keyId));
    if (privateKey === undefined) {
      throw new HostError("approver.keyMissing", "This editor no longer holds its approver key", {
        hint: "Enroll a new one with 'agent-team approvers enroll'",
      });
    }
    return (await this.options.craft()).sign(decision, privateKey);
  }

  private async held(approvers: readonly Approver[]): Promise<Approver | undefined> {
    for (const approver of approvers) {
      if ((await this.options.secrets.get(secretName(approver.keyId))) !== undefined) return approver;
    }
    return undefined;
  }

  private async enrollFirst(session: KeySession, signal: AbortSignal): Promise<Standing> {
    const { secrets, identity, log } = this.options;
    const craft = await this.options.craft();
    const { approver, privateKey } = craft.generate({ identity, role: "admin" });
    const name = secretName(approver.keyId);
    // The host must never know a key that nobody holds: stored first, and read again.
    await secrets.store(name, privateKey);
    if ((await secrets.get(name)) !== privateKey) {
      throw new HostError("approver.storeFailed", "The editor does not keep secrets on this machine", {
        hint: "Set up a keyring for the editor, or approve with the command line",
      });
    }
    try {
      await session.request("approver/enroll", { approver }, signal);
      log(`${session.name}: approver key ${approver.keyId} enrolled for ${identity}`);
      return { kind: "enrolled", approver };
    } catch (error) {
      // Only a refusal says that the key is not enrolled; after a cut connection it may be.
      if (!isHostError(error) || error.code.startsWith("rpc.")) throw error;
      log(`${session.name}: the approver key was not admitted: ${messageOf(error)}`);
      await secrets.delete(name);
      const { approvers } = await session.request("approver/list", {}, signal);
      return approvers.length > 0 ? { kind: "foreign", approvers } : { kind: "closed" };
    }
  }
}

function secretName(keyId: string): string {
  return `agentTeam.approverKey.${keyId}`;
}
