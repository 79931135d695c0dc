import { describe, expect, it } from "vitest";
import { digestOf } from "../../../../agent-host/core/digest.ts";
import type { Criterion, GateSubject, Phase } from "../../../../agent-host/protocol/phase.ts";
import type { Rules } from "../../../../agent-host/protocol/rules.ts";
import { GateKeeper } from "../../../../agent-host/team/gate-keeper.ts";
import {
  coder,
  hostActor,
  never,
  person,
  sandboxOf,
  settle,
  type TeamRun,
  type TeamRunOptions,
  teamRun,
  usage,
} from "../../../support/team-run.ts";

/** The shipped rules with these criteria at the gate of one phase. */
function withCriteria(phase: Phase, criteria: Criterion[]) {
  return (rules: Rules): Rules => ({
    ...rules,
    phases: { ...rules.phases, [phase]: { ...rules.phases[phase], criteria, tasks: [] } },
  });
}

const humanApproval: Criterion = { kind: "humanApproval", role: "lead" };
const protectedUnchanged: Criterion = { kind: "protectedUnchanged" };

async function runAt(phase: Phase, criteria: Criterion[], options: TeamRunOptions = {}): Promise<TeamRun> {
  const run = await teamRun({ rules: withCriteria(phase, criteria), ...options });
  await enter(run, phase);
  return run;
}

async function enter(run: TeamRun, phase: Phase): Promise<void> {
  await run.record({ type: "phase.entered", actor: hostActor, data: { phase, index: 1, of: 7 } });
}

/** Brings the run to another tree. */
async function merge(run: TeamRun, files: Readonly<Record<string, string>>): Promise<string> {
  const tree = run.trees.add(new Map(Object.entries(files)));
  await run.record({ type: "changeset.merged", actor: hostActor, data: { changeSetId: "c-a-1", tree } });
  return tree;
}

function gateOf(run: TeamRun, phase: Phase) {
  return run.log.state.phases.find((each) => each.phase === phase);
}

async function decide(
  run: TeamRun,
  phase: Phase,
  given: { decision: "passed" | "rejected"; returnTo?: Phase; gateId?: string },
): Promise<void> {
  const { decision, returnTo, gateId = gateOf(run, phase)?.gate?.gateId ?? "" } = given;
  const returned =
    returnTo === undefined ? {} : { returned: { to: returnTo, comment: await run.log.keep("Again") } };
  const data = { phase, decision, criteria: [], gateId, keyId: "0123456789abcdef", ...returned };
  await run.record({ type: "gate.decided", actor: person, data });
}

async function subjectOf(run: TeamRun, count = 0): Promise<GateSubject> {
  const data = run.dataOf("gate.evaluated")[count];
  return JSON.parse(await run.log.recall(data?.subject?.blob ?? ""));
}

describe("a gate that the program decides", () => {
  it("passes with its evidence in the journal, and its phase is left", async () => {
    const run = await runAt("initialization", [{ kind: "tasksCompleted" }]);
    expect(await new GateKeeper(run.setup).close("initialization", never)).toBeNull();
    expect(run.entries.map(({ type }) => type).slice(-3)).toEqual([
      "gate.evaluated",
      "gate.decided",
      "phase.left",
    ]);
    expect(gateOf(run, "initialization")).toMatchObject({ status: "passed", gate: { treeHash: null } });
  });

  it("is about the tree that would be applied, from the implementation on, and about the pinned rules", async () => {
    const run = await runAt("implementation", [{ kind: "tasksCompleted" }]);
    const tree = await merge(run, { "src/a.ts": "2" });
    await new GateKeeper(run.setup).close("implementation", never);
    const subject = await subjectOf(run);
    expect(subject).toMatchObject({ treeHash: tree, rulesChecksum: run.setup.rulesChecksum });
    expect(run.dataOf("gate.evaluated")[0]?.digest).toBe(digestOf(subject));
  });

  it("fails the run with the task that is not done", async () => {
    const run = await runAt("implementation", [{ kind: "tasksCompleted" }]);
    await run.plan({ taskId: "t-a" });
    const reason = await run.log.keep("the compiler says no");
    const data = { agentId: "c-1", status: "failed" as const, executionTimeMs: 1, confidence: 0, usage };
    await run.record({
      type: "task.finished",
      taskId: "t-a",
      actor: coder,
      data: { ...data, result: null, summary: "failed", reason },
    });
    expect(await new GateKeeper(run.setup).close("implementation", never)).toEqual({
      status: "failed",
      exitCode: 1,
      reason: "t-a: the compiler says no",
    });
    expect(gateOf(run, "implementation")?.status).toBe("failed");
  });

  it("fails with exit code 4 where only scope or budget stands in the way", async () => {
    const rules = withCriteria("implementation", [{ kind: "diffWithinScope" }, { kind: "budgetWithin" }]);
    const run = await teamRun({
      rules: (shipped) => ({ ...rules(shipped), scope: { ...shipped.scope, maxFiles: 0 } }),
    });
    await enter(run, "implementation");
    await merge(run, { "src/a.ts": "2" });
    expect(await new GateKeeper(run.setup).close("implementation", never)).toMatchObject({ exitCode: 4 });
  });

  it("fails with exit code 3 when a command does not pass, and keeps what it put out", async () => {
    const requests: unknown[] = [];
    const sandbox = sandboxOf((request) => {
      requests.push(request);
      return { exitCode: 1, output: "1 test failed" };
    });
    const commands = { test: ["npm", "test"] };
    const criteria: Criterion[] = [{ kind: "commandPasses", command: "test" }];
    const run = await runAt("verification", criteria, { commands, work: { sandbox } });
    const end = await new GateKeeper(run.setup).close("verification", never);
    expect(end).toMatchObject({ status: "failed", exitCode: 3 });
    expect(requests).toMatchObject([{ argv: ["npm", "test"], folder: "gate-verification" }]);
    const detail = gateOf(run, "verification")?.evidence[0]?.detail?.blob ?? "";
    expect(await run.log.recall(detail)).toBe("$ npm test\n1 test failed");
  });

  it("runs the command on exactly the files that would be applied", async () => {
    let seen: unknown;
    const run = await runAt("verification", [{ kind: "commandPasses", command: "test" }], {
      commands: { test: ["npm", "test"] },
      work: {
        sandbox: sandboxOf(() => {
          seen = run.log.state.tree;
          return {};
        }),
      },
    });
    const tree = await merge(run, { "src/a.ts": "2" });
    expect(await new GateKeeper(run.setup).close("verification", never)).toBeNull();
    expect(seen).toBe(tree);
    expect(gateOf(run, "verification")?.gate?.treeHash).toBe(tree);
  });

  it("is not evaluated again after it failed, whatever host looks", async () => {
    const run = await runAt("implementation", [{ kind: "artifactExists", artifact: "changes" }]);
    await new GateKeeper(run.setup).close("implementation", never);
    const next = await run.afterCrash();
    expect(await new GateKeeper(next.setup).close("implementation", never)).toMatchObject({ exitCode: 3 });
    expect(run.dataOf("gate.evaluated")).toHaveLength(1);
  });

  it("takes more criteria than one entry holds", async () => {
    const long = "a".repeat(40);
    const criteria = Array.from({ length: 20 }, (_, index): Criterion => {
      return { kind: "commandPasses", command: `${long.slice(0, 37)}${index + 10}` };
    });
    const run = await runAt("verification", criteria);
    const stop = new AbortController();
    const closing = new GateKeeper(run.setup).close("verification", stop.signal);
    closing.catch(() => undefined);
    await Promise.race([run.seen("gate.evaluated"), closing]);
    expect(gateOf(run, "verification")).toMatchObject({ status: "needsPerson" });
    expect(gateOf(run, "verification")?.evidence).toHaveLength(20);
    expect((await subjectOf(run)).evidence[19]?.reason).toContain("no command");
    stop.abort(new Error("over"));
    await expect(closing).rejects.toThrow("over");
  });
});

describe("a gate that needs a person", () => {
  it("waits, is told as what holds the run up, and passes by the decision", async () => {
    const held: (readonly string[])[] = [];
    const run = await runAt("design", [humanApproval], {
      onHeldUp: (ids) => held.push(ids),
      phases: ["design"],
    });
    const closed = new GateKeeper(run.setup).close("design", never);
    await run.seen("gate.evaluated");
    await settle();
    expect(held).toEqual([["g-design-1"]]);
    expect(run.log.state.waits).toBe(1);
    await decide(run, "design", { decision: "passed" });
    expect(await closed).toBeNull();
    expect(run.entries.at(-1)).toMatchObject({ type: "phase.left" });
  });

  it("is not passed by anything but its decision", async () => {
    const run = await runAt("design", [humanApproval], { phases: ["design"], approve: "auto" });
    const stop = new AbortController();
    const closed = new GateKeeper(run.setup).close("design", stop.signal);
    const told = expect(closed).rejects.toThrow("over");
    await run.seen("gate.evaluated");
    run.clock.advance(24 * 3_600_000);
    await settle();
    expect(gateOf(run, "design")?.status).toBe("needsPerson");
    stop.abort(new Error("over"));
    await told;
  });

  it("ends the run when it is rejected", async () => {
    const run = await runAt("design", [humanApproval], { phases: ["design"] });
    const closed = new GateKeeper(run.setup).close("design", never);
    await run.seen("gate.evaluated");
    await decide(run, "design", { decision: "rejected" });
    expect(await closed).toMatchObject({
      status: "failed",
      exitCode: 3,
      reason: "The gate of design was rejected",
    });
  });

  it("lets the run go on where it was sent back to, live", async () => {
    const run = await runAt("review", [humanApproval]);
    const closed = new GateKeeper(run.setup).close("review", never);
    await run.seen("gate.evaluated");
    await decide(run, "review", { decision: "rejected", returnTo: "implementation" });
    expect(await closed).toBeNull();
    expect(run.log.state).toMatchObject({ phase: "implementation", returns: [{ from: "review" }] });
  });

  it("ends no run that is asked for nobody's opinion: with 'never' it fails, and says so", async () => {
    const run = await runAt("design", [humanApproval], { phases: ["design"], approve: "never" });
    const end = await new GateKeeper(run.setup).close("design", never);
    expect(end).toMatchObject({ exitCode: 3, reason: expect.stringContaining("this run asks nobody") });
    expect(gateOf(run, "design")?.status).toBe("failed");
  });

  it("waits on after the host ended, with the evidence it had", async () => {
    const run = await runAt("design", [humanApproval], { phases: ["design"] });
    const stop = new AbortController();
    const first = new GateKeeper(run.setup).close("design", stop.signal).catch(() => undefined);
    await run.seen("gate.evaluated");
    stop.abort(new Error("the host ends"));
    await first;
    const next = await run.afterCrash();
    const closed = new GateKeeper(next.setup).close("design", never);
    await decide(next, "design", { decision: "passed" });
    expect(await closed).toBeNull();
    expect(run.dataOf("gate.evaluated")).toHaveLength(1);
  });

  it("counts a decision that came while no host worked on the run", async () => {
    const run = await runAt("design", [humanApproval], { phases: ["design"] });
    const stop = new AbortController();
    const first = new GateKeeper(run.setup).close("design", stop.signal).catch(() => undefined);
    await run.seen("gate.evaluated");
    stop.abort(new Error("the host ends"));
    await first;
    await decide(run, "design", { decision: "rejected" });
    const next = await run.afterCrash();
    expect(await new GateKeeper(next.setup).close("design", never)).toMatchObject({ exitCode: 3 });
  });

  it("is evaluated anew once a merge has made its evidence void, under a new id", async () => {
    const run = await runAt("review", [humanApproval]);
    const closed = new GateKeeper(run.setup).close("review", never);
    await run.seen("gate.evaluated");
    const tree = await merge(run, { "src/a.ts": "2" });
    expect(await closed).toBeNull();
    expect(gateOf(run, "review")?.status).toBe("void");
    await enter(run, "review");
    const again = new GateKeeper(run.setup).close("review", never);
    await run.seen("gate.evaluated", 2);
    expect(await subjectOf(run, 1)).toMatchObject({ gateId: "g-review-2", treeHash: tree });
    await decide(run, "review", { decision: "passed", gateId: "g-review-1" });
    await settle();
    expect(gateOf(run, "review")?.status).toBe("needsPerson");
    await decide(run, "review", { decision: "passed" });
    expect(await again).toBeNull();
  });

  it("names every protected file that changed, for the person to clear", async () => {
    const run = await runAt("verification", [protectedUnchanged]);
    await merge(run, {
      "src/a.ts": "1",
      "package.json": "{}",
      "test/a.test.ts": "x",
      ".vscode/x.json": "{}",
    });
    const stop = new AbortController();
    const closed = new GateKeeper(run.setup).close("verification", stop.signal).catch(() => undefined);
    await run.seen("gate.evaluated");
    const subject = await subjectOf(run);
    expect(subject.protectedFiles).toEqual([".vscode/x.json", "package.json"]);
    expect(subject.evidence[0]).toMatchObject({ passed: false, needsPerson: true });
    stop.abort(new Error("over"));
    await closed;
  });

  it("tells of protected files also at a gate that does not guard them", async () => {
    const run = await runAt("review", [humanApproval]);
    await merge(run, { "src/a.ts": "1", "package.json": "{}" });
    const stop = new AbortController();
    const closed = new GateKeeper(run.setup).close("review", stop.signal).catch(() => undefined);
    await run.seen("gate.evaluated");
    const { evidence, protectedFiles } = await subjectOf(run);
    expect(protectedFiles).toEqual([]);
    expect(evidence[0]?.reason).toContain("1 protected file changed");
    expect(JSON.parse(await run.log.recall(evidence[0]?.detail?.blob ?? ""))).toEqual(["package.json"]);
    stop.abort(new Error("over"));
    await closed;
  });

  it("needs a person where nobody knows the command", async () => {
    const run = await runAt("verification", [{ kind: "commandPasses", command: "test" }]);
    const stop = new AbortController();
    const closed = new GateKeeper(run.setup).close("verification", stop.signal).catch(() => undefined);
    await run.seen("gate.evaluated");
    expect(gateOf(run, "verification")?.evidence[0]).toMatchObject({ needsPerson: true });
    stop.abort(new Error("over"));
    await closed;
  });
});
