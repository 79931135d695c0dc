import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Phase, phaseSchema } from "../../../../agent-host/protocol/phase.ts";
import { reduceRun } from "../../../../agent-host/protocol/state/run-reducer.ts";
import type { PhaseState, RunState } from "../../../../agent-host/protocol/state/schemas.ts";
import { mayEnter, missingGates, nextPhase, type Progress } from "../../../../agent-host/rules/advance.ts";
import { delivered } from "../../../support/run-fixture.ts";

const phases = phaseSchema.options;
const rulesChecksum = "b".repeat(64);
const blob = { blob: "a".repeat(64), size: 1 };
const trees = ["1", "2", "3"].map((digit) => digit.repeat(64));
const [firstTree = ""] = trees;

type Verdict = "passed" | "failed" | "needsPerson";

/**
 * What anyone may try, at any time: any phase, any verdict, any of a few trees. Only two things are in the hands of
 * the program: a phase is entered only where `mayEnter` says so, and `passed` is decided only on an evaluation that
 * passed or that a person may clear.
 */
type Command =
  | { kind: "enter"; phase: Phase }
  | { kind: "evaluate"; phase: Phase; verdict: Verdict; sees: "tree" | "nothing" | "older"; pinned: boolean }
  | { kind: "decide"; phase: Phase; decision: "passed" | "failed" | "rejected"; stale: boolean }
  | { kind: "merge"; tree: string }
  | { kind: "return"; phase: Phase }
  | { kind: "next" };

const phase = fc.constantFrom(...phases.slice(0, 4));
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("enter" as const), phase }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("evaluate" as const),
      phase,
      verdict: fc.constantFrom<Verdict>("passed", "passed", "failed", "needsPerson"),
      sees: fc.constantFrom("tree" as const, "tree" as const, "nothing" as const, "older" as const),
      pinned: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("decide" as const),
      phase,
      decision: fc.constantFrom("passed" as const, "passed" as const, "failed" as const, "rejected" as const),
      stale: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("merge" as const), tree: fc.constantFrom(...trees) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("return" as const), phase }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("next" as const) }) },
);

describe("the way through the phases", () => {
  it("reaches no phase whose predecessors lack a passing record for the current tree", () => {
    let entered = 0;
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const run = new Walk();
        for (const each of commands) {
          const before = run.enteredLater;
          run.carryOut(each);
          if (run.enteredLater === before) continue;
          entered += 1;
          expect(run.lacking()).toEqual([]);
        }
      }),
      { numRuns: 2_000 },
    );
    // The property says something only if later phases are reached.
    expect(entered).toBeGreaterThan(200);
  });

  it("ends when every gate has passed", () => {
    const run = new Walk();
    for (let count = 0; count < phases.length; count += 1) run.carryOut({ kind: "next" });
    expect(nextPhase(run.state)).toBeNull();
  });
});

describe("nextPhase and mayEnter", () => {
  it("begin at the first phase, and let nothing be left out", () => {
    const run = progress(["passed", "waiting", "waiting"]);
    expect(nextPhase(run)).toBe("requirements");
    expect(mayEnter(run, "requirements")).toBe(true);
    expect(mayEnter(run, "research")).toBe(false);
    expect(missingGates(run, "research")).toEqual(["requirements"]);
  });

  it.each(["void", "rejected", "failed", "needsPerson", "working"] as const)(
    "take %s for not passed",
    (status) => {
      const run = progress(["passed", status, "passed"]);
      expect(nextPhase(run)).toBe("requirements");
      expect(mayEnter(run, "research")).toBe(false);
    },
  );

  it("take a pass for another tree or other rules for none", () => {
    const run = progress(["passed", "waiting"]);
    expect(nextPhase({ ...run, tree: "9".repeat(64) })).toBe("initialization");
    expect(nextPhase({ ...run, rulesChecksum: "9".repeat(64) })).toBe("initialization");
  });

  it("know no phase that the run does not have", () => {
    expect(mayEnter(progress(["passed"]), "delivery")).toBe(false);
  });

  it("go on with a run of before gates had trees", () => {
    const run = progress(["passed", "waiting"]);
    const old = run.phases.map((each) => ({ ...each, gate: null }));
    expect(nextPhase({ ...run, phases: old })).toBe("requirements");
  });
});

function progress(statuses: readonly PhaseState["status"][]): Progress {
  const gate = {
    gateId: "g-1",
    treeHash: firstTree,
    rulesChecksum,
    verdict: "passed" as const,
    digest: null,
    subject: null,
    evaluatedAt: "",
    evaluatedSeq: 1,
    decidedBy: null,
  };
  return {
    tree: firstTree,
    rulesChecksum,
    phases: statuses.map((status, index) => ({
      phase: phases[index] ?? "delivery",
      status,
      enteredAt: null,
      leftAt: null,
      evidence: [],
      gate,
      evaluations: 1,
    })),
  };
}

interface PassingRecord {
  gateId: string;
  tree: string | null;
  rules: string;
  verdict: Verdict;
  /** null: not decided yet. */
  passed: boolean | null;
}

/** A run folded from what happens to it, with books of its own that know nothing of the reducer. */
class Walk {
  state: RunState;
  enteredLater = 0;
  private seq = 1;
  private readonly tree = { now: firstTree };
  private readonly records = new Map<Phase, PassingRecord>();
  private evaluations = 0;

  constructor() {
    const created = { goal: blob, profile: "full", provider: "scripted" };
    const state = reduceRun(undefined, delivered(1, "run.created", created).entry, {});
    if (state === undefined) throw new Error("no run was created");
    this.state = state;
    this.add("run.started", { phases: phases.slice(), rulesChecksum, baseTree: firstTree });
  }

  carryOut(command: Command): void {
    if (command.kind === "enter") this.enter(command.phase);
    else if (command.kind === "evaluate") this.evaluate(command);
    else if (command.kind === "decide") this.decide(command);
    else if (command.kind === "merge") this.merge(command.tree);
    else if (command.kind === "return") this.sendBack(command.phase);
    else this.goOn();
  }

  /** Predecessors of the present phase without a record that counts. */
  lacking(): Phase[] {
    const { phase: now } = this.state;
    return phases.slice(0, now === null ? 0 : phases.indexOf(now)).filter((each) => {
      const record = this.records.get(each);
      const isThisTree = record?.tree === null || record?.tree === this.tree.now;
      return record?.passed !== true || !isThisTree || record.rules !== rulesChecksum;
    });
  }

  private merge(tree: string): void {
    this.tree.now = tree;
    this.add("changeset.merged", { changeSetId: "c-1", tree });
  }

  private sendBack(to: Phase): void {
    const phase = "delivery";
    const before = this.state.returns.length;
    this.add("gate.decided", { phase, decision: "rejected", criteria: [], returned: { to, comment: blob } });
    // A gate that was decided already sends nothing back.
    if (this.state.returns.length === before) return;
    for (const each of phases.slice(phases.indexOf(to))) this.records.delete(each);
  }

  /** What an honest program does: enter the next phase, find its gate passed, decide. */
  private goOn(): void {
    const next = nextPhase(this.state);
    if (next === null) return;
    this.enter(next);
    this.evaluate({ phase: next, verdict: "passed", sees: "tree", pinned: true });
    this.decide({ phase: next, decision: "passed", stale: false });
  }

  private enter(wanted: Phase): void {
    if (!mayEnter(this.state, wanted)) return;
    if (wanted !== phases[0]) this.enteredLater += 1;
    this.add("phase.entered", { phase: wanted, index: phases.indexOf(wanted) + 1, of: phases.length });
  }

  private evaluate(
    given: Pick<Extract<Command, { kind: "evaluate" }>, "phase" | "verdict" | "sees" | "pinned">,
  ): void {
    this.evaluations += 1;
    const gateId = `g-${given.phase}-${this.evaluations}`;
    const older = trees.find((each) => each !== this.tree.now) ?? null;
    const tree = { tree: this.tree.now, nothing: null, older }[given.sees];
    const rules = given.pinned ? rulesChecksum : "c".repeat(64);
    this.records.set(given.phase, { gateId, tree, rules, verdict: given.verdict, passed: null });
    const what = { phase: given.phase, evidence: [], gateId, treeHash: tree, verdict: given.verdict };
    this.add("gate.evaluated", { ...what, rulesChecksum: rules });
  }

  private decide(given: Pick<Extract<Command, { kind: "decide" }>, "phase" | "decision" | "stale">): void {
    const record = this.records.get(given.phase);
    if (record === undefined || (given.decision === "passed" && record.verdict === "failed")) return;
    // The first decision counts.
    if (!given.stale) record.passed ??= given.decision === "passed";
    const gateId = given.stale ? `g-${given.phase}-0` : record.gateId;
    this.add("gate.decided", { phase: given.phase, decision: given.decision, criteria: [], gateId });
  }

  private add(type: string, data: { [key: string]: unknown }): void {
    this.seq += 1;
    const { entry } = delivered(this.seq, type, data);
    const after = reduceRun(this.state, entry, {});
    if (after === undefined) throw new Error(`${type} was not folded`);
    this.state = after;
  }
}
