import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { Decision, SignedDecision } from "../../../../agent-host/protocol/decision.ts";
import type { Choice } from "../../../../agent-host/protocol/review-view.ts";
import { type Deciding, decide, decisionOf } from "../../../../extension/inbox/decide.ts";
import { approvalItem, gateItem } from "../../../../extension/inbox/waiting-item.ts";
import { approval, approver, gate, gateSubject, workspaceId } from "./waiting-fixture.ts";

const signal = new AbortController().signal;
const waitingGate = gateItem(workspaceId, gate());
const waitingApproval = approvalItem(workspaceId, approval());
const approves: Choice = {
  answer: "approve",
  extent: "once",
  returnTo: null,
  clears: ["package.json"],
  comment: "",
};
const rejects: Choice = {
  answer: "reject",
  extent: "once",
  returnTo: "implementation",
  clears: [],
  comment: "The test is flaky",
};

function deciding(answer: unknown, sent: unknown[] = []): Deciding {
  const request = async (method: string, params: unknown) => {
    sent.push([method, params]);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return {
    session: { request } as unknown as Deciding["session"],
    keys: {
      sign: async (decision: Decision): Promise<SignedDecision> => ({
        decision,
        keyId: "a1".repeat(8),
        signature: "s",
      }),
    },
    standing: { kind: "enrolled", approver: approver("admin") },
  };
}

describe("decisionOf", () => {
  it("names the digest that was shown and the files that were ticked", () => {
    expect(decisionOf(waitingGate, approves)).toMatchObject({
      id: gateSubject.gateId,
      digest: waitingGate.digest,
      clears: ["package.json"],
      returnTo: null,
    });
  });

  it("gives a rejection its phase and words, and no cleared files", () => {
    expect(decisionOf(waitingGate, { ...rejects, clears: ["package.json"] })).toMatchObject({
      answer: "reject",
      returnTo: "implementation",
      clears: [],
      comment: "The test is flaky",
    });
  });

  it.each([
    ["a protected file without a tick", { ...approves, clears: [] }, "decision.notCleared"],
    [
      "a tick for a file nobody named",
      { ...approves, clears: ["package.json", "x"] },
      "decision.clearsOther",
    ],
    ["a rejection without words", { ...rejects, comment: " " }, "decision.commentMissing"],
  ])("refuses %s", (_name, choice, code) => {
    expect(() => decisionOf(waitingGate, choice)).toThrow(expect.objectContaining({ code }));
  });

  it("refuses whatever has another digest than its subject", () => {
    const swapped = gateItem(workspaceId, { ...gate(), subject: { ...gateSubject, protectedFiles: [] } });
    expect(swapped.isSound).toBe(false);
    expect(() => decisionOf(swapped, { ...approves, clears: [] })).toThrow(
      expect.objectContaining({ code: "decision.digestMismatch" }),
    );
  });

  it("lets only an allowed approval reach further than once", () => {
    expect(decisionOf(waitingApproval, { ...approves, clears: [], extent: "run" }).extent).toBe("run");
    expect(decisionOf(waitingApproval, { ...rejects, extent: "always" }).extent).toBe("once");
    expect(decisionOf(waitingGate, { ...approves, extent: "always" }).extent).toBe("once");
  });
});

describe("decide", () => {
  it("says which entry of the journal has the answer", async () => {
    const sent: unknown[] = [];
    expect(await decide(deciding({ seq: 41 }, sent), waitingGate, approves, signal)).toEqual({
      kind: "decided",
      seq: 41,
    });
    expect(sent).toMatchObject([["gate/decide", { signed: { decision: { digest: waitingGate.digest } } }]]);
    const decided = { decided: [{ id: "a-7f3a9c21", seq: 42 }] };
    expect(await decide(deciding(decided), waitingApproval, { ...approves, clears: [] }, signal)).toEqual({
      kind: "decided",
      seq: 42,
    });
  });

  it("says who was first, for gates and approvals alike", async () => {
    const late = new HostError("decision.tooLate", "Already answered by ada, 14:15");
    const outcome = { kind: "late", message: "Already answered by ada, 14:15" };
    expect(await decide(deciding(late), waitingGate, approves, signal)).toEqual(outcome);
    const decided = { decided: [{ id: "a-7f3a9c21", code: late.code, message: late.message }] };
    expect(await decide(deciding(decided), waitingApproval, { ...approves, clears: [] }, signal)).toEqual(
      outcome,
    );
  });

  it("passes on every other refusal", async () => {
    const refusal = new HostError("decision.role", "A reviewer is needed");
    await expect(decide(deciding(refusal), waitingGate, approves, signal)).rejects.toBe(refusal);
  });

  it("signs and sends nothing without an enrolled key", async () => {
    const sent: unknown[] = [];
    const without: Deciding = { ...deciding({ seq: 1 }, sent), standing: { kind: "closed" } };
    await expect(decide(without, waitingGate, approves, signal)).rejects.toMatchObject({
      code: "approver.notEnrolled",
    });
    expect(sent).toEqual([]);
  });
});
