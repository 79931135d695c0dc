import { describe, expect, it } from "vitest";
import { type Criterion, type Evidence, evidenceSchema } from "../../../../agent-host/protocol/phase.ts";
import {
  type CommandFact,
  evaluateGate,
  type GateFacts,
  gateVerdict,
} from "../../../../agent-host/rules/gate.ts";
import { taskState } from "../../../support/rules-fixture.ts";

const facts: GateFacts = {
  phase: "verification",
  tasks: [],
  artifacts: [],
  commands: {},
  findings: { error: 0, warning: 0, info: 0 },
  diff: { files: 0, lines: 0, outside: [], controlPlane: [] },
  protectedFiles: [],
  budget: {
    limits: { tokens: 100, usd: 1, minutes: null, complexity: null, modelCalls: null },
    spent: { tokens: 0, usd: 0, modelCalls: 0 },
  },
  scope: { maxFiles: 10, maxLines: 100 },
};
const detail = { blob: "a".repeat(64), size: 3 };

function evidenceFor(criterion: Criterion, change: Partial<GateFacts> = {}): Evidence | undefined {
  return evaluateGate([criterion], { ...facts, ...change })[0];
}

const failed = { passed: false } as const;
const person = { passed: false, needsPerson: true } as const;

describe("evaluateGate", () => {
  describe("tasksCompleted", () => {
    const criterion = { kind: "tasksCompleted" } as const;

    it("passes when all tasks of the phase are done, whatever others are", () => {
      const tasks = [taskState({ phase: "verification", status: "done" }), taskState({ phase: "review" })];
      expect(evidenceFor(criterion, { tasks })).toMatchObject({
        passed: true,
        reason: "1 of 1 tasks are done",
      });
    });

    it.each(["planned", "working", "failed", "cancelled", "refused"] as const)(
      "fails with one that is %s",
      (status) => {
        const found = evidenceFor(criterion, { tasks: [taskState({ phase: "verification", status })] });
        expect(found).toMatchObject({ ...failed, reason: expect.stringContaining(`t-a is ${status}`) });
        expect(found).not.toHaveProperty("needsPerson");
      },
    );
  });

  it("wants the artifact itself", () => {
    const criterion = { kind: "artifactExists", artifact: "plan" } as const;
    expect(evidenceFor(criterion)).toMatchObject({ ...failed, reason: "there is no plan" });
    expect(evidenceFor(criterion, { artifacts: ["plan"] })).toMatchObject({ passed: true });
  });

  describe("commandPasses", () => {
    const criterion = { kind: "commandPasses", command: "test" } as const;
    const ran = (
      exitCode: number | null,
      ended: "exited" | "timeout" | "notStarted" = "exited",
    ): CommandFact => ({
      kind: "ran",
      exitCode,
      ended,
      durationMs: 12,
      detail,
    });
    const of = (fact: CommandFact): Evidence | undefined =>
      evidenceFor(criterion, { commands: { test: fact } });

    it("passes with exit code 0, and keeps what proves it", () => {
      expect(of(ran(0))).toMatchObject({ passed: true, exitCode: 0, durationMs: 12, detail });
    });

    it.each([
      [ran(1), "the command 'test' ended with exit code 1"],
      [ran(null), "the command 'test' was ended by a signal"],
      [ran(null, "timeout"), "the command 'test' did not end within its time"],
      [ran(0, "timeout"), "the command 'test' did not end within its time"],
      [ran(null, "notStarted"), "the command 'test' could not be started"],
    ])("fails for good: %#", (fact, reason) => {
      expect(of(fact)).toMatchObject({ ...failed, reason });
      expect(of(fact)).not.toHaveProperty("needsPerson");
    });

    it("asks a person where no such command is known", () => {
      expect(of({ kind: "unknown" })).toMatchObject({
        ...person,
        reason: "no command 'test' is known in this workspace; a person decides whether to go on without",
      });
    });

    it("fails for good where nobody ran it", () => {
      expect(evidenceFor(criterion)).toMatchObject({ ...failed, reason: "the command 'test' was not run" });
      expect(evidenceFor({ kind: "commandPasses", command: "constructor" })).toMatchObject(failed);
    });
  });

  it.each([
    ["error", { error: 0, warning: 9, info: 9 }, 0, true],
    ["error", { error: 1, warning: 0, info: 0 }, 0, false],
    ["warning", { error: 1, warning: 1, info: 9 }, 2, true],
    ["warning", { error: 2, warning: 1, info: 0 }, 2, false],
    ["info", { error: 1, warning: 1, info: 1 }, 2, false],
  ] as const)("counts findings of %s and graver: %j, %i allowed", (severity, findings, max, passed) => {
    expect(evidenceFor({ kind: "findingsAtMost", severity, max }, { findings })).toMatchObject({ passed });
  });

  describe("diffWithinScope", () => {
    const of = (change: Partial<GateFacts["diff"]>): Evidence | undefined =>
      evidenceFor({ kind: "diffWithinScope" }, { diff: { ...facts.diff, ...change } });

    it("passes at the limits", () => {
      expect(of({ files: 10, lines: 100 })).toMatchObject({ passed: true });
    });

    it.each([
      [{ files: 11 }, "11 files changed, 10 allowed"],
      [{ lines: 101 }, "101 lines changed, 100 allowed"],
      [{ outside: ["etc/secret-name"] }, "1 changed file outside of the scope"],
      [{ outside: ["x"], controlPlane: [".git"] }, "1 changed file outside of the scope"],
    ])("fails for good with %j", (change, reason) => {
      expect(of(change)).toMatchObject({ ...failed, reason });
      expect(of(change)).not.toHaveProperty("needsPerson");
    });

    it("asks a person about control-plane files, without their names", () => {
      expect(of({ controlPlane: [".vscode/settings.json"] })).toMatchObject({
        ...person,
        reason: "1 control-plane file changed; a person clears each",
      });
    });
  });

  it("asks a person where protected files changed", () => {
    const criterion = { kind: "protectedUnchanged" } as const;
    expect(evidenceFor(criterion)).toMatchObject({ passed: true });
    expect(evidenceFor(criterion, { protectedFiles: ["package.json"] })).toMatchObject(person);
  });

  it("fails for good when more is spent than allowed", () => {
    const of = (usd: number): Evidence | undefined =>
      evidenceFor(
        { kind: "budgetWithin" },
        { budget: { ...facts.budget, spent: { tokens: 100, usd, modelCalls: 5 } } },
      );
    expect(of(1)).toMatchObject({ passed: true });
    expect(of(1.01)).toMatchObject({ ...failed, reason: "1.01 usd spent, 1 allowed" });
    expect(of(Number.NaN)).toMatchObject(failed);
  });

  it("always asks a person for a human approval", () => {
    expect(evidenceFor({ kind: "humanApproval", role: "lead" })).toMatchObject(person);
  });

  it("gives evidence that fits into an entry, whatever the names and numbers", () => {
    const tasks = Array.from({ length: 1_000 }, (_, index) =>
      taskState({ taskId: `t-${"x".repeat(57)}${index % 900}`, phase: "verification", status: "cancelled" }),
    );
    const command = `c${"x".repeat(39)}`;
    const criteria: Criterion[] = [
      { kind: "tasksCompleted" },
      { kind: "commandPasses", command },
      { kind: "findingsAtMost", severity: "info", max: 0 },
      { kind: "diffWithinScope" },
      { kind: "humanApproval", role: "developer" },
    ];
    const many = Number.MAX_SAFE_INTEGER;
    const evidence = evaluateGate(criteria, {
      ...facts,
      tasks,
      commands: { [command]: { kind: "unknown" } },
      findings: { error: many / 4, warning: many / 4, info: 0 },
      diff: { files: many, lines: many, outside: [], controlPlane: [] },
    });
    for (const each of evidence) expect(evidenceSchema.safeParse(each).error).toBeUndefined();
  });

  it("gives one piece of evidence for each criterion, in their order", () => {
    const criteria = [{ kind: "tasksCompleted" }, { kind: "budgetWithin" }] as const;
    expect(evaluateGate(criteria, facts).map((each) => each.criterion)).toEqual(criteria);
  });
});

describe("gateVerdict", () => {
  const criterion = { kind: "tasksCompleted" } as const;
  const good = { criterion, passed: true };
  const open = { criterion, passed: false, needsPerson: true };
  const bad = { criterion, passed: false };

  it.each([
    [[good, good], "passed"],
    [[good, open], "needsPerson"],
    [[open, bad, good], "failed"],
    [[{ ...bad, needsPerson: false }], "failed"],
    [[], "failed"],
  ] as const)("of %j is %s", (evidence, verdict) => {
    expect(gateVerdict(evidence)).toBe(verdict);
  });
});
