import { beforeEach, describe, expect, it } from "vitest";
import { generateApproverKey, signDecision } from "../../../../agent-host/client/approver-key.ts";
import { digestOf } from "../../../../agent-host/core/digest.ts";
import { disposable } from "../../../../agent-host/core/disposable.ts";
import type { Approver } from "../../../../agent-host/protocol/approver.ts";
import type { SignedDecision } from "../../../../agent-host/protocol/decision.ts";
import type { EventDraft } from "../../../../agent-host/protocol/events.ts";
import type { Actor, Entry } from "../../../../agent-host/protocol/journal.ts";
import type { HumanRole } from "../../../../agent-host/protocol/phase.ts";
import { isSoundKey, verifyDecision } from "../../../../agent-host/security/verify-decision.ts";
import { ControlLog } from "../../../../agent-host/team/control-log.ts";
import { Enrolment } from "../../../../agent-host/team/enrolment.ts";
import { delivered, workspaceId } from "../../../support/run-fixture.ts";

type Made = ReturnType<typeof generateApproverKey>;

const client: Actor = { kind: "user", id: "local", role: "lead" };
let entries: Entry[];
let enrolment: Enrolment;

beforeEach(() => {
  entries = [];
  const listeners: ((entry: Entry) => void)[] = [];
  const journal = {
    append: async (drafts: readonly EventDraft[]): Promise<Entry[]> => {
      const added = drafts.map(({ type, data }, index) => {
        const seq = entries.length + index + 1;
        return delivered(seq, type, data, { runId: null }).entry;
      });
      entries.push(...added);
      for (const entry of added) for (const listener of listeners) listener(entry);
      return added;
    },
    subscribe: (listener: (entry: Entry) => void) => {
      listeners.push(listener);
      return disposable(() => undefined);
    },
    read: async ({ type }: { type?: string }) => entries.filter((entry) => entry.type === type),
  };
  enrolment = new Enrolment({
    workspaceId,
    journal,
    control: new ControlLog(journal),
    isSoundKey,
    roleNow: async (approver) => approver.role,
    verify: async (signed, expected, approvers) =>
      verifyDecision({ signed, approvers, roles: { kind: "absent" }, workspaceId, expected }),
  });
});

function made(identity: string, role: HumanRole): Made {
  return generateApproverKey({ identity, role });
}

function signedBy({ key }: Made, approver: Approver): SignedDecision {
  const digest = digestOf({ workspaceId, approver });
  return signDecision({ workspaceId, id: approver.keyId, digest, answer: "approve" }, key);
}

async function listed(): Promise<string[]> {
  return (await enrolment.list()).approvers.map(({ identity, role }) => `${identity}: ${role}`);
}

describe("who may admit a key", () => {
  it("lets a lead admit leads and those below, and no admin", async () => {
    const [ann, ben, max] = [made("ann", "lead"), made("ben", "lead"), made("max", "admin")];
    await enrolment.enroll(ann.approver, undefined, client);
    await enrolment.enroll(ben.approver, signedBy(ann, ben.approver), client);
    await expect(enrolment.enroll(max.approver, signedBy(ann, max.approver), client)).rejects.toMatchObject({
      code: "decision.refused",
    });
    expect(await listed()).toEqual(["ann: lead", "ben: lead"]);
    expect(entries.at(-1)).toMatchObject({ type: "permission.decided", data: { rule: "decision.role" } });
  });

  it("lets nobody change what an enrolled key may, not even with a signature", async () => {
    const ann = made("ann", "admin");
    const ben = made("ben", "reviewer");
    await enrolment.enroll(ann.approver, undefined, client);
    await enrolment.enroll(ben.approver, signedBy(ann, ben.approver), client);
    const lifted = { ...ben.approver, role: "lead" as const };
    await expect(enrolment.enroll(lifted, signedBy(ann, lifted), client)).rejects.toMatchObject({
      code: "approver.enrolled",
    });
    expect(await listed()).toEqual(["ann: admin", "ben: reviewer"]);
  });

  it("takes the same enrolment again as what it was", async () => {
    const [ann, ben] = [made("ann", "admin"), made("ben", "reviewer")];
    await enrolment.enroll(ann.approver, undefined, client);
    const signed = signedBy(ann, ben.approver);
    await enrolment.enroll(ben.approver, signed, client);
    const before = entries.length;
    await enrolment.enroll(ben.approver, signed, client);
    expect(entries).toHaveLength(before);
  });
});
