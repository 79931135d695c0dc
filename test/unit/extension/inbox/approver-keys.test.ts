import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { Approver } from "../../../../agent-host/protocol/approver.ts";
import { decisionSchema } from "../../../../agent-host/protocol/decision.ts";
import type { Method } from "../../../../agent-host/protocol/methods.ts";
import { ApproverKeys, type KeySession } from "../../../../extension/inbox/approver-keys.ts";
import { keyCraft } from "../../../../extension/inbox/key-craft.ts";
import { approver, workspaceId } from "./waiting-fixture.ts";

const signal = new AbortController().signal;

interface Host {
  approvers: Approver[];
  isFirstKeyOpen: boolean;
  refusal?: HostError;
}

function sessionOf(host: Host, asked: string[] = []): KeySession {
  const request = async (method: Method, params: unknown) => {
    asked.push(method);
    if (method === "approver/list") {
      return { approvers: [...host.approvers], isFirstKeyOpen: host.isFirstKeyOpen };
    }
    if (host.refusal !== undefined) throw host.refusal;
    host.approvers.push((params as { approver: Approver }).approver);
    host.isFirstKeyOpen = false;
    return { seq: 7 };
  };
  return { workspaceId, name: "shop", request: request as KeySession["request"] };
}

function keysWith(secrets: Map<string, string>, stores = true) {
  return new ApproverKeys({
    secrets: {
      get: async (name) => secrets.get(name),
      store: async (name, value) => void (stores && secrets.set(name, value)),
      delete: async (name) => void secrets.delete(name),
    },
    craft: async () => keyCraft,
    identity: "kim",
    log: () => undefined,
  });
}

describe("ApproverKeys", () => {
  it("enrolls a key where the workspace has none, and stands with it ever after", async () => {
    const secrets = new Map<string, string>();
    const host: Host = { approvers: [], isFirstKeyOpen: true };
    const asked: string[] = [];
    const standing = await keysWith(secrets).standingIn(sessionOf(host, asked), signal);
    expect(standing).toMatchObject({ kind: "enrolled", approver: { identity: "kim", role: "admin" } });
    expect(host.approvers).toHaveLength(1);
    expect(await keysWith(secrets).standingIn(sessionOf(host, asked), signal)).toEqual(standing);
    expect(asked).toEqual(["approver/list", "approver/enroll", "approver/list"]);
    expect(secrets.size).toBe(1);
  });

  it("makes one key, however many ask at once", async () => {
    const secrets = new Map<string, string>();
    const host: Host = { approvers: [], isFirstKeyOpen: true };
    const keys = keysWith(secrets);
    const session = sessionOf(host);
    const standings = await Promise.all([keys.standingIn(session, signal), keys.standingIn(session, signal)]);
    expect(standings.map(({ kind }) => kind)).toEqual(["enrolled", "enrolled"]);
    expect([host.approvers.length, secrets.size]).toEqual([1, 1]);
  });

  it("sends the public key alone", async () => {
    const secrets = new Map<string, string>();
    const host: Host = { approvers: [], isFirstKeyOpen: true };
    await keysWith(secrets).standingIn(sessionOf(host), signal);
    expect(JSON.stringify(host.approvers)).not.toContain("PRIVATE");
    expect([...secrets.values()].join()).toContain("PRIVATE KEY");
  });

  it("makes no key where others hold one, or none is admitted any more", async () => {
    const secrets = new Map<string, string>();
    const others = [approver("lead")];
    expect(
      await keysWith(secrets).standingIn(sessionOf({ approvers: others, isFirstKeyOpen: false }), signal),
    ).toEqual({ kind: "foreign", approvers: others });
    expect(
      await keysWith(secrets).standingIn(sessionOf({ approvers: [], isFirstKeyOpen: false }), signal),
    ).toEqual({ kind: "closed" });
    expect(secrets.size).toBe(0);
  });

  it("keeps no key that the host refused", async () => {
    const secrets = new Map<string, string>();
    const refusal = new HostError("approver.refused", "Another key was first");
    const host: Host = { approvers: [], isFirstKeyOpen: true, refusal };
    expect(await keysWith(secrets).standingIn(sessionOf(host), signal)).toEqual({ kind: "closed" });
    expect(secrets.size).toBe(0);
  });

  it("keeps a key whose enrolment was cut off: the host may have it", async () => {
    const secrets = new Map<string, string>();
    const refusal = new HostError("rpc.closed", "The connection is closed");
    const host: Host = { approvers: [], isFirstKeyOpen: true, refusal };
    await expect(keysWith(secrets).standingIn(sessionOf(host), signal)).rejects.toThrow("closed");
    expect(secrets.size).toBe(1);
  });

  it("enrolls nothing where the editor does not keep secrets", async () => {
    const host: Host = { approvers: [], isFirstKeyOpen: true };
    await expect(keysWith(new Map(), false).standingIn(sessionOf(host), signal)).rejects.toMatchObject({
      code: "approver.storeFailed",
    });
    expect(host.approvers).toEqual([]);
  });

  it("signs with the enrolled key, and says so when it is gone", async () => {
    const secrets = new Map<string, string>();
    const keys = keysWith(secrets);
    const standing = await keys.standingIn(sessionOf({ approvers: [], isFirstKeyOpen: true }), signal);
    if (standing.kind !== "enrolled") throw new Error("not enrolled");
    const decision = decisionSchema.parse({
      workspaceId,
      id: "g-review-1",
      digest: "4".repeat(64),
      answer: "approve",
    });
    const signed = await keys.sign(decision, standing.approver);
    expect(signed).toMatchObject({ keyId: standing.approver.keyId, decision });
    secrets.clear();
    await expect(keys.sign(decision, standing.approver)).rejects.toMatchObject({
      code: "approver.keyMissing",
    });
  });
});
