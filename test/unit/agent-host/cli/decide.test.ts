import { generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decideOn } from "../../../../agent-host/cli/decide.ts";
import { signDecision } from "../../../../agent-host/client/approver-key.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import {
  decisionText,
  type SignedDecision,
  signedDecisionSchema,
} from "../../../../agent-host/protocol/decision.ts";
import { FakeHost } from "../../../support/fake-host.ts";
import { waitingApproval, waitingGate } from "../../../support/inbox-fixture.ts";
import { workspaceId } from "../../../support/run-fixture.ts";

const signal = new AbortController().signal;
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
const key = { keyId: "0123456789abcdef", publicKey: spki, privateKey };
const sign = (decision: SignedDecision["decision"]): SignedDecision => signDecision(decision, key);
const approve = { answer: "approve" } as const;

describe("deciding", () => {
  it("signs the digest of what was shown, for this workspace", async () => {
    const host = new FakeHost({ "gate/decide": () => ({ seq: 7 }) });
    const gate = waitingGate();
    const outcomes = await decideOn(
      [{ entry: gate, answer: { ...approve, comment: "fine" } }],
      { connection: host, workspaceId, sign },
      signal,
    );
    expect(outcomes).toMatchObject([{ kind: "decided", seq: 7 }]);
    const [sent] = host.asked("gate/decide") as { signed: unknown }[];
    const { decision, signature } = signedDecisionSchema.parse(sent?.signed);
    expect(decision).toMatchObject({ workspaceId, id: gate.id, digest: gate.item.digest, comment: "fine" });
    const bytes = Buffer.from(decisionText(decision));
    expect(verify(null, bytes, publicKey, Buffer.from(signature, "base64"))).toBe(true);
  });

  it("lets each decision stand by itself", async () => {
    const tooLate = { id: "a-2", code: "decision.tooLate", message: "ann was first" };
    const host = new FakeHost({
      "gate/decide": () => {
        throw new HostError("decision.refused", "the role may not");
      },
      "approval/decide": () => ({ decided: [tooLate, { id: "a-1", seq: 9 }] }),
    });
    const outcomes = await decideOn(
      [
        { entry: waitingApproval(), answer: approve },
        { entry: waitingGate(), answer: approve },
        { entry: waitingApproval({ approvalId: "a-2" }), answer: approve },
      ],
      { connection: host, workspaceId, sign },
      signal,
    );
    expect(outcomes).toMatchObject([
      { kind: "refused", code: "decision.refused", entry: { id: "g-review-1" } },
      { kind: "decided", seq: 9, entry: { id: "a-1" } },
      { kind: "refused", code: "decision.tooLate", entry: { id: "a-2" }, message: "ann was first" },
    ]);
  });

  it("sends at most 100 approvals at once", async () => {
    const host = new FakeHost({
      "approval/decide": ({ signed }: { signed: SignedDecision[] }) => ({
        decided: signed.map(({ decision }) => ({ id: decision.id, seq: 1 })),
      }),
    });
    const answers = Array.from({ length: 101 }, (_, index) => ({
      entry: waitingApproval({ approvalId: `a-${index}` }),
      answer: approve,
    }));
    const outcomes = await decideOn(answers, { connection: host, workspaceId, sign }, signal);
    expect(outcomes.every(({ kind }) => kind === "decided")).toBe(true);
    expect(host.asked("approval/decide")).toHaveLength(2);
  });

  it("passes on what is no refusal of the decision", async () => {
    const host = new FakeHost({});
    const decided = decideOn(
      [{ entry: waitingGate(), answer: approve }],
      { connection: host, workspaceId, sign },
      signal,
    );
    await expect(decided).rejects.toMatchObject({ code: "rpc.failed" });
  });
});
