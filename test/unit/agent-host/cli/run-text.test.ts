import { describe, expect, it } from "vitest";
import { runLine, runText } from "../../../../agent-host/cli/run-text.ts";
import type { PhaseState, RunState } from "../../../../agent-host/protocol/state/schemas.ts";
import { failed, working } from "../../../support/run-fixture.ts";

const waiting: PhaseState = {
  phase: "review",
  status: "needsPerson",
  enteredAt: working.createdAt,
  leftAt: null,
  evidence: [
    { criterion: { kind: "commandPasses", command: "test" }, passed: true, exitCode: 0, durationMs: 1_500 },
    { criterion: { kind: "protectedUnchanged" }, passed: false, needsPerson: true, reason: "2 files" },
  ],
  gate: {
    gateId: "g-review-2",
    treeHash: "b".repeat(64),
    rulesChecksum: "c".repeat(64),
    verdict: "needsPerson",
    digest: null,
    subject: null,
    evaluatedAt: working.createdAt,
    evaluatedSeq: 20,
    decidedBy: null,
  },
  evaluations: 2,
};
const scripted: RunState = {
  ...working,
  provider: "scripted",
  assurance: "unsandboxed",
  status: "waiting",
  waits: 1,
  waitingFor: ["g-review-2"],
  phases: [...working.phases, waiting],
};

describe("runs show", () => {
  it("shows gates with their evidence, and what waits with the command to look at it", () => {
    const text = runText(scripted, "../shop");
    expect(text).toContain("review: waits for a person");
    expect(text).toContain("gate g-review-2, tree bbbbbbbbbbbb, rules cccccccccccc");
    expect(text).toContain("ok      command 'test' passes, exit code 0, 1.5 s");
    expect(text).toContain("PERSON  no protected file changed: 2 files");
    expect(text).toContain(`gates show g-review-2 --run ${scripted.runId} --workspace ../shop`);
  });

  it("shows how commands run and what was spent, where a model is at work", () => {
    expect(runText(scripted, ".")).toContain("unsandboxed");
    expect(runText(scripted, ".")).toContain("0.00 spent, 0.00 reserved, no limit");
    expect(runText(working, ".")).not.toContain("reserved");
  });

  it("offers nothing to go on with for a run that has ended", () => {
    expect(runText(failed, ".")).not.toContain("resume");
  });
});

describe("runs list", () => {
  it("says how much waits for an answer", () => {
    expect(runLine(scripted)).toMatch(/ {2}waiting .* 1 to answer$/);
    expect(runLine(working)).not.toContain("to answer");
  });
});
