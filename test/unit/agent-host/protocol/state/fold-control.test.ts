import { describe, expect, it } from "vitest";
import { typedEntry } from "../../../../../agent-host/protocol/events.ts";
import { emptyControl, foldControl } from "../../../../../agent-host/protocol/state/fold-control.ts";
import type { ControlState } from "../../../../../agent-host/protocol/state/schemas.ts";
import { delivered } from "../../../../support/run-fixture.ts";

const digest = "a".repeat(64);
const blob = { blob: digest, size: 10 };
const approver = {
  keyId: "0123456789abcdef",
  publicKey: "A".repeat(60),
  identity: "ada",
  role: "lead",
};

function fold(...entries: Parameters<typeof delivered>[]): ControlState {
  return entries.reduce((state, given) => {
    const typed = typedEntry(delivered(...given).entry);
    if (typed === null) throw new Error(`${given[1]} does not fit`);
    return foldControl(state, typed);
  }, emptyControl);
}

const rulesQuestion = {
  ...{ approvalId: "a-rules-1", kind: "rules", tool: "rules.yaml", risk: "high" },
  ...{ about: digest, digest, limitMs: 0 },
};
const start = { phases: ["analysis"], rulesChecksum: digest, assurance: "unsandboxed", baseTree: digest };

describe("what holds for the whole workspace", () => {
  it("has no first key open once one is enrolled", () => {
    const state = fold([1, "approver.enrolled", { approver, by: null }, { runId: null }]);
    expect(state).toMatchObject({ isFirstKeyOpen: false, approvers: { [approver.keyId]: approver } });
  });

  it("has no first key open once commands could have run unguarded", () => {
    expect(fold([1, "run.started", start]).isFirstKeyOpen).toBe(false);
    expect(fold([1, "run.started", { ...start, assurance: "sandboxed" }]).isFirstKeyOpen).toBe(true);
    const reading = { phases: start.phases, rulesChecksum: digest, assurance: "unsandboxed" };
    expect(fold([1, "run.started", reading]).isFirstKeyOpen).toBe(true);
  });

  it("keeps what was allowed for all runs, and nothing that reaches less far", () => {
    const decided = { approvalId: "a-1", answer: "approve", by: "person", digest, grant: blob };
    const state = fold(
      [1, "approval.decided", { ...decided, extent: "always" }],
      [2, "approval.decided", { ...decided, extent: "run" }],
      [3, "approval.decided", { ...decided, extent: "always", answer: "reject" }],
    );
    expect(state.alwaysGrants).toEqual([{ runId: "r-test-1", grant: digest }]);
  });

  it("keeps the first answer to a question of the workspace", () => {
    const decided = { approvalId: "a-rules-1", extent: "once", by: "person", digest };
    const state = fold(
      [1, "approval.requested", rulesQuestion, { runId: null }],
      [2, "approval.decided", { ...decided, answer: "reject" }, { runId: null }],
      [3, "approval.decided", { ...decided, answer: "approve" }, { runId: null }],
    );
    expect(state.approvals["a-rules-1"]?.answer).toBe("reject");
  });

  it("leaves the questions of runs to their runs", () => {
    expect(fold([1, "approval.requested", { ...rulesQuestion, subject: blob }]).approvals).toEqual({});
  });

  it("ignores an entry it has already", () => {
    const state = fold(
      [2, "config.changed", { key: "trusted", value: true }, { runId: null }],
      [1, "config.changed", { key: "trusted", value: false }, { runId: null }],
    );
    expect(state).toMatchObject({ trusted: true, lastSeq: 2 });
  });
});
