import { describe, expect, it } from "vitest";
import { refuseDecided, whoWasFirst } from "../../../../agent-host/cli/who-was-first.ts";
import { FakeHost } from "../../../support/fake-host.ts";
import { delivered, runId, workspaceId } from "../../../support/run-fixture.ts";

const signal = new AbortController().signal;
const keyId = "0123456789abcdef";
const gate = { phase: "review", decision: "passed", criteria: [], gateId: "g-review-1", keyId };
const approval = { approvalId: "a-1", answer: "reject", extent: "once", digest: "a".repeat(64) };
const host = new FakeHost({
  "audit/query": ({ type }: { type: string }) => ({
    entries: [
      delivered(9, "gate.decided", { ...gate, gateId: "g-review-2" }),
      delivered(8, "gate.decided", gate),
      delivered(7, "approval.decided", { ...approval, by: "policy:never" }),
    ].filter(({ entry }) => entry.type === type),
    head: { seq: 9, hash: "a".repeat(64) },
  }),
});

describe("who was first", () => {
  it("is told from the journal", async () => {
    const words = await whoWasFirst(host, { workspaceId, id: "g-review-1" }, signal);
    expect(words).toBe(`passed by team-leader-1 with key ${keyId} (entry 8)`);
    expect(await whoWasFirst(host, { workspaceId, id: "a-1" }, signal)).toBe("rejected by policy:never");
  });

  it("is asked of the run that was named", async () => {
    await whoWasFirst(host, { workspaceId, id: `${runId}/g-review-1` }, signal);
    expect(host.asked("audit/query").at(-1)).toMatchObject({ runId, type: "gate.decided" });
  });

  it("is nobody for what was never decided", async () => {
    expect(await whoWasFirst(host, { workspaceId, id: "g-review-3" }, signal)).toBeNull();
    await refuseDecided(host, { workspaceId, id: "a-2" }, signal);
    const late = refuseDecided(host, { workspaceId, id: "a-1" }, signal);
    await expect(late).rejects.toMatchObject({ code: "decision.tooLate" });
  });
});
