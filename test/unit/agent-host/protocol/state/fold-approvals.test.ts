import { describe, expect, it } from "vitest";
import type { DeliveredEntry } from "../../../../../agent-host/protocol/methods.ts";
import { delivered, fold, workingEntries } from "../../../../support/run-fixture.ts";

const blob = { blob: "a".repeat(64), size: 10 };
const digest = "b".repeat(64);

function asked(seq: number, approvalId: string): DeliveredEntry {
  const data = { approvalId, kind: "toolCall", tool: "run_command", risk: "medium", subject: blob };
  return delivered(seq, "approval.requested", { ...data, digest, limitMs: 60_000 }, { taskId: "t-code" });
}

function answered(seq: number, approvalId: string, answer: string, more = {}): DeliveredEntry {
  const data = { approvalId, answer, extent: "once", by: "person", digest, ...more };
  return delivered(seq, "approval.decided", data, { taskId: "t-code" });
}

function folded(...entries: DeliveredEntry[]) {
  return fold([...workingEntries, ...entries]);
}

describe("approvals folded from entries", () => {
  it("counts each open request as a wait", () => {
    expect(folded(asked(20, "a-1"), asked(21, "a-2")).waits).toBe(2);
    expect(folded(asked(20, "a-1"), asked(21, "a-2"), answered(22, "a-1", "reject")).waits).toBe(1);
  });

  it("keeps the first answer, whatever comes second", () => {
    const state = folded(asked(20, "a-1"), answered(21, "a-1", "reject"), answered(22, "a-1", "approve"));
    expect(state.approvals["a-1"]).toMatchObject({ answer: "reject", by: "person" });
    expect(state.waits).toBe(0);
  });

  it("changes nothing for an answer to what was never asked", () => {
    expect(folded(answered(20, "a-9", "approve")).approvals).toEqual({});
  });

  it("keeps how far the answer reaches, with its pattern", () => {
    const state = folded(asked(20, "a-1"), answered(21, "a-1", "approve", { extent: "run", grant: blob }));
    expect(state.approvals["a-1"]).toMatchObject({ answer: "approve", extent: "run", grant: blob.blob });
  });

  it("stops saying that the run waits once one of its questions is answered", () => {
    const waiting = [asked(20, "a-1"), asked(21, "a-2"), delivered(22, "run.waiting", { for: ["a-1"] })];
    expect(folded(...waiting)).toMatchObject({ status: "waiting", waitingFor: ["a-1"] });
    expect(folded(...waiting, asked(23, "a-3")).status).toBe("waiting");
    const state = folded(...waiting, answered(23, "a-1", "approve"));
    expect(state).toMatchObject({ status: "running", waitingFor: [], waits: 1 });
  });

  it("leaves a paused run paused when a question is answered", () => {
    const paused = delivered(21, "run.paused", { reason: "nobody answered", cause: "approval" });
    expect(folded(asked(20, "a-1"), paused, answered(22, "a-1", "approve")).status).toBe("paused");
  });
});
