import { describe, expect, it } from "vitest";
import type { DeliveredEntry } from "../../../../../agent-host/protocol/methods.ts";
import { delivered, fold, workingEntries } from "../../../../support/run-fixture.ts";

const effectId = "e-code-1-3-0";
const digest = "b".repeat(64);
const blob = { blob: "a".repeat(64), size: 10 };

function intended(seq: number): DeliveredEntry {
  const data = { effectId, tool: "run_command", detail: blob, check: { kind: "none" } };
  return delivered(seq, "effect.intended", data, { taskId: "t-code" });
}

function asked(seq: number, approvalId: string, kind: string): DeliveredEntry {
  const data = { approvalId, kind, tool: "run_command", risk: "medium", subject: blob, digest, limitMs: 1 };
  return delivered(seq, "approval.requested", { ...data, effectId }, { taskId: "t-code" });
}

function approved(seq: number, approvalId: string): DeliveredEntry {
  const data = { approvalId, answer: "approve", extent: "once", by: "person", digest };
  return delivered(seq, "approval.decided", data, { taskId: "t-code" });
}

describe("an effect that a person had repeated", () => {
  const repeated = [
    ...workingEntries,
    asked(20, "a-allowed", "toolCall"),
    approved(21, "a-allowed"),
    intended(22),
    delivered(23, "effect.inDoubt", { effectId, reason: "nothing tells" }),
    asked(24, "a-doubt", "inDoubt"),
    approved(25, "a-doubt"),
    delivered(26, "effect.settled", { effectId, as: "repeat" }),
  ];

  it("stays allowed, but what was said about the doubt is used up", () => {
    expect(Object.keys(fold(repeated).approvals)).toEqual(["a-allowed"]);
  });

  it("needs no answer any more once it has its result", () => {
    const data = { effectId, tool: "run_command", result: blob, isError: false, durationMs: 1 };
    const { approvals, effects } = fold([
      ...repeated,
      intended(27),
      delivered(28, "effect.completed", data, { taskId: "t-code" }),
    ]);
    expect({ approvals, effects }).toEqual({ approvals: {}, effects: {} });
  });

  it("keeps an answer that was given and not yet used when the host ended", () => {
    expect(Object.keys(fold(repeated.slice(0, -1)).approvals)).toEqual(["a-allowed", "a-doubt"]);
  });
});
