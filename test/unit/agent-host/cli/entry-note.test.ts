import { describe, expect, it } from "vitest";
import { entryNote } from "../../../../agent-host/cli/entry-note.ts";
import { delivered, fold, working, workingEntries } from "../../../support/run-fixture.ts";

const digest = "a".repeat(64);
const blob = { blob: digest, size: 10 };

function note(type: string, data: Record<string, unknown>, taskId?: string): string | null {
  return entryNote(delivered(20, type, data, taskId === undefined ? {} : { taskId }), working);
}

describe("the line of an entry", () => {
  it("says what a gate still needs, and who decided it", () => {
    const evidence = [
      { criterion: { kind: "tasksCompleted" }, passed: true },
      { criterion: { kind: "commandPasses", command: "test" }, passed: false, reason: "exit code 1" },
    ];
    const gate = { phase: "review", rulesChecksum: digest, evidence };
    expect(note("gate.evaluated", gate)).toBe(
      "Gate of review not passed: command 'test' passes (exit code 1)",
    );
    const decision = { phase: "review", decision: "rejected", criteria: [] };
    expect(note("gate.decided", { ...decision, keyId: "0123456789abcdef" })).toContain("0123456789abcdef");
    expect(note("gate.decided", { ...decision, decision: "passed" })).toBeNull();
  });

  it("says who asks for what, and who granted it", () => {
    const asked = { approvalId: "a-1", kind: "toolCall", tool: "run_command", risk: "high" };
    expect(note("approval.requested", { ...asked, subject: blob, digest, limitMs: 1 }, "t-code")).toContain(
      "run_command, high risk, t-code",
    );
    const decided = { approvalId: "a-1", answer: "approve", extent: "run", by: "policy:auto", digest };
    expect(note("approval.decided", decided)).toContain("granted by policy:auto, for this run");
  });

  it("warns of a budget in its unit", () => {
    expect(note("budget.warned", { kind: "modelCalls", percent: 80.4, limit: 10 })).toBe(
      "Budget: 80 % of 10 model calls used",
    );
  });

  it("says how commands run only where there are any", () => {
    const started = delivered(2, "run.started", {
      phases: ["delivery"],
      rulesChecksum: digest,
      assurance: "unsandboxed",
    });
    expect(entryNote(started, working)).toBeNull();
    const [created, ...rest] = workingEntries;
    const provider = { goal: blob, profile: "change", provider: "scripted" };
    const scripted = created === undefined ? [] : [delivered(1, "run.created", provider), ...rest];
    expect(entryNote(started, fold(scripted))).toContain("unsandboxed");
  });

  it("keeps silent about what only the audit needs", () => {
    expect(note("prompt.loaded", { prompt: "reviewer", checksum: digest })).toBeNull();
    expect(note("something.newer", {})).toBeNull();
  });
});
