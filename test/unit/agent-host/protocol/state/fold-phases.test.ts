import { describe, expect, it } from "vitest";
import type { DeliveredEntry } from "../../../../../agent-host/protocol/methods.ts";
import type { RunState } from "../../../../../agent-host/protocol/state/schemas.ts";
import { delivered, fold, workingEntries } from "../../../../support/run-fixture.ts";

const blob = { blob: "a".repeat(64), size: 10 };
const rulesChecksum = "a".repeat(64);
const treeA = "1".repeat(64);
const treeB = "2".repeat(64);
const criterion = { kind: "humanApproval", role: "lead" };

interface Evaluation {
  readonly phase?: string;
  readonly gateId?: string;
  readonly treeHash?: string | null;
  readonly verdict?: string;
}

function evaluated(seq: number, given: Evaluation = {}): DeliveredEntry {
  const { phase = "analysis", gateId = `g-${phase}-1`, treeHash = treeA, verdict = "needsPerson" } = given;
  const evidence = [{ criterion, passed: verdict === "passed" }];
  const data = { phase, rulesChecksum, evidence, gateId, treeHash, verdict, subject: blob };
  return delivered(seq, "gate.evaluated", { ...data, digest: rulesChecksum });
}

function decided(seq: number, given: Record<string, unknown>): DeliveredEntry {
  return delivered(seq, "gate.decided", { phase: "analysis", criteria: [criterion], ...given });
}

function merged(seq: number, tree: string): DeliveredEntry {
  return delivered(seq, "changeset.merged", { changeSetId: "c-code-1", tree });
}

function folded(...entries: DeliveredEntry[]): RunState {
  return fold([...workingEntries, ...entries]);
}

function phase(state: RunState, name: string) {
  return state.phases.find((each) => each.phase === name);
}

describe("gates folded from entries", () => {
  it("waits for a person once an evaluation says so", () => {
    const state = folded(evaluated(20));
    expect(state.waits).toBe(1);
    expect(phase(state, "analysis")).toMatchObject({
      status: "needsPerson",
      evaluations: 1,
      gate: { gateId: "g-analysis-1", treeHash: treeA, decidedBy: null },
    });
  });

  it("passes by a decision on its last evaluation, and says by whose key", () => {
    const keyId = "0123456789abcdef";
    const state = folded(
      evaluated(20),
      decided(21, { decision: "passed", gateId: "g-analysis-1", treeHash: treeA, keyId }),
    );
    expect(state.waits).toBe(0);
    expect(phase(state, "analysis")).toMatchObject({ status: "passed", gate: { decidedBy: keyId } });
  });

  it("changes nothing for a decision on an older evaluation", () => {
    const state = folded(
      evaluated(20),
      evaluated(21, { gateId: "g-analysis-2", treeHash: treeB }),
      decided(22, { decision: "passed", gateId: "g-analysis-1", treeHash: treeA }),
    );
    expect(phase(state, "analysis")).toMatchObject({ status: "needsPerson", evaluations: 2 });
    expect(state.waits).toBe(1);
  });

  it("is void once a merge makes another tree, whether it passed or waits", () => {
    const passed = folded(
      evaluated(20, { verdict: "passed" }),
      decided(21, { decision: "passed", gateId: "g-analysis-1" }),
      merged(22, treeB),
    );
    expect(phase(passed, "analysis")?.status).toBe("void");
    expect(phase(folded(evaluated(20), merged(21, treeB)), "analysis")?.status).toBe("void");
  });

  it("waits for nobody once a merge has made it void", () => {
    expect(folded(evaluated(20), merged(21, treeB)).waits).toBe(0);
  });

  it("stays as it is when the merge made the very tree it is about, or it is about none", () => {
    expect(phase(folded(evaluated(20), merged(21, treeA)), "analysis")?.status).toBe("needsPerson");
    const free = folded(evaluated(20, { treeHash: null }), merged(21, treeB));
    expect(phase(free, "analysis")?.status).toBe("needsPerson");
  });

  it("changes nothing for a decision on what a merge has made void", () => {
    const state = folded(
      evaluated(20),
      merged(21, treeB),
      decided(22, { decision: "passed", gateId: "g-analysis-1", treeHash: treeA }),
    );
    expect(phase(state, "analysis")?.status).not.toBe("passed");
  });

  it("keeps the first decision on an evaluation, whatever comes second", () => {
    const state = folded(
      evaluated(20),
      decided(21, { decision: "rejected", gateId: "g-analysis-1" }),
      decided(22, { decision: "passed", gateId: "g-analysis-1" }),
    );
    expect(phase(state, "analysis")?.status).toBe("rejected");
  });

  it("does not stop waiting for a task's approval when another gate is answered", () => {
    const request = { approvalId: "a-1", kind: "toolCall", tool: "run_command", risk: "high" };
    const state = folded(
      delivered(19, "approval.requested", {
        ...request,
        subject: blob,
        digest: rulesChecksum,
        limitMs: 1,
      }),
      evaluated(20),
      decided(21, { decision: "passed", gateId: "g-analysis-1" }),
    );
    expect(state.waits).toBe(1);
  });
});

describe("work that is sent back", () => {
  const sentBack = (to: string): DeliveredEntry[] => [
    evaluated(20),
    decided(21, { decision: "rejected", gateId: "g-analysis-1", returned: { to, comment: blob } }),
  ];

  it("is walked again from the phase that is named, evidence and all", () => {
    const state = folded(...sentBack("research"));
    expect(state.phase).toBe("research");
    expect(state.phases.map(({ status }) => status)).toEqual(["waiting", "waiting", "waiting"]);
    expect(phase(state, "analysis")).toMatchObject({ gate: null, evidence: [], enteredAt: null });
    expect(state.returns).toEqual([{ from: "analysis", to: "research", comment: blob.blob, seq: 21 }]);
    expect(state.waits).toBe(0);
  });

  it("keeps counting evaluations, so that no gate has an earlier one's id", () => {
    expect(phase(folded(...sentBack("research")), "analysis")?.evaluations).toBe(1);
  });

  it("leaves the phases before as they are", () => {
    const state = folded(...sentBack("analysis"));
    expect(phase(state, "research")?.status).toBe("passed");
    expect(phase(state, "analysis")?.status).toBe("waiting");
  });

  it("is not sent back by a decision on an older evaluation", () => {
    const returned = { to: "research", comment: blob };
    const state = folded(
      evaluated(20),
      evaluated(21, { gateId: "g-analysis-2" }),
      decided(22, { decision: "rejected", gateId: "g-analysis-1", returned }),
    );
    expect(state.returns).toEqual([]);
    expect(phase(state, "analysis")?.status).toBe("needsPerson");
  });
});
