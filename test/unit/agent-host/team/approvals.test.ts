import { describe, expect, it } from "vitest";
import { digestOf } from "../../../../agent-host/core/digest.ts";
import type { EventData } from "../../../../agent-host/protocol/events.ts";
import { type ApprovalQuestion, Approvals } from "../../../../agent-host/team/approvals.ts";
import { RunLog } from "../../../../agent-host/team/run-log.ts";
import { coder, never, person, settle, type TeamRun, teamRun } from "../../../support/team-run.ts";

const question: ApprovalQuestion = {
  taskId: "t-a",
  agentType: "back-end-coder",
  kind: "toolCall",
  tool: "run_command",
  input: { command: "npm install" },
  facts: ["npm install"],
  reason: "it is not in scope",
  risk: "medium",
  pattern: '["npm","install"]',
  needsPerson: false,
  approvers: ["lead"],
};
const given = { effectId: "e-a-1-1-0", actor: coder };

function approvalsOf(run: TeamRun): Approvals {
  return new Approvals(run.setup, { newId: () => run.work.newId() });
}

async function answer(
  run: TeamRun,
  change: Partial<EventData<"approval.decided">> & { approvalId: string },
): Promise<void> {
  const digest = run.log.state.approvals[change.approvalId]?.digest ?? "";
  const data = { answer: "approve" as const, extent: "once" as const, by: "person" as const, digest };
  await run.record({ type: "approval.decided", taskId: "t-a", actor: person, data: { ...data, ...change } });
}

/** The answer of a policy, which comes at once. */
async function policyAnswer(run: TeamRun, change: Partial<ApprovalQuestion> = {}, inScope = false) {
  const stop = new AbortController();
  const asked = approvalsOf(run).ask({ ...question, ...change }, { ...given, inScope }, stop.signal);
  const waited = run.seen("approval.requested").then(async () => {
    await settle();
    return "asks a person" as const;
  });
  const outcome = await Promise.race([asked, waited]);
  stop.abort(new Error("over"));
  await asked.catch(() => undefined);
  return outcome;
}

describe("an approval that is asked for", () => {
  it("is journaled with a digest of exactly what is asked, and its time limit", async () => {
    const run = await teamRun();
    const asked = approvalsOf(run).ask(question, given, never);
    await run.seen("approval.requested");
    const [data] = run.dataOf("approval.requested");
    expect(data).toMatchObject({ kind: "toolCall", limitMs: 30 * 60_000, effectId: given.effectId });
    const subject = JSON.parse(await run.log.recall(data?.subject?.blob ?? ""));
    expect(subject).toEqual({ ...question, approvalId: data?.approvalId, runId: run.log.runId });
    await answer(run, { approvalId: data?.approvalId ?? "", answer: "reject" });
    await expect(asked).resolves.toEqual({ answer: "reject", by: "person", comment: "" });
  });

  it("has the digest of what is shown, where a secret is not", async () => {
    const run = await teamRun();
    const { journal, blobs, setup } = run;
    const redact = (text: string): string => text.replaceAll("hunter22", "[redacted]");
    const { runId, state } = run.log;
    const log = new RunLog({ runId, journal, blobs, state, redact, signal: never });
    const approvals = new Approvals({ ...setup, log }, { newId: () => "1" });
    const secret = { ...question, facts: ["password: hunter22"] };
    const asked = approvals.ask(secret, given, never);
    await run.seen("approval.requested");
    const [data] = run.dataOf("approval.requested");
    const shown: unknown = JSON.parse(await log.recall(data?.subject?.blob ?? ""));
    expect(shown).toMatchObject({ facts: ["password: [redacted]"] });
    expect(data?.digest).toBe(digestOf(shown));
    await answer(run, { approvalId: "a-1" });
    await asked;
    // After a crash the same question has its answer.
    await expect(approvals.ask(secret, given, never)).resolves.toMatchObject({ answer: "approve" });
    log.dispose();
  });

  it("waits as long as nobody answers, and grants nothing by waiting: in time it pauses the run", async () => {
    const run = await teamRun();
    const asked = approvalsOf(run).ask(question, given, never);
    const told = expect(asked).rejects.toMatchObject({ code: "approval.timeout" });
    await run.seen("approval.requested");
    await settle();
    run.clock.advance(30 * 60_000 - 1);
    await settle();
    expect(run.log.state.approvals["a-id1"]?.answer).toBe("open");
    run.clock.advance(1);
    await told;
    expect(run.dataOf("approval.decided")).toEqual([]);
    expect(run.log.state.approvals["a-id1"]?.answer).toBe("open");
  });

  it("ends with its run, still open", async () => {
    const run = await teamRun();
    const stop = new AbortController();
    const asked = approvalsOf(run).ask(question, given, stop.signal);
    const told = expect(asked).rejects.toThrow("stop");
    await run.seen("approval.requested");
    stop.abort(new Error("stop"));
    await told;
    expect(run.log.state).toMatchObject({ waits: 1, approvals: { "a-id1": { answer: "open" } } });
  });

  it("tells that the run is held up by it", async () => {
    const held: (readonly string[])[] = [];
    const run = await teamRun({ onHeldUp: (ids) => held.push(ids) });
    const asked = run.setup.activity.during(() => approvalsOf(run).ask(question, given, never));
    await run.seen("approval.requested");
    await settle();
    expect(held).toEqual([["a-id1"]]);
    await answer(run, { approvalId: "a-id1" });
    await asked;
  });
});

describe("an approval that was asked for before the host ended", () => {
  async function interrupted(run: TeamRun): Promise<TeamRun> {
    const stop = new AbortController();
    const asked = approvalsOf(run)
      .ask(question, given, stop.signal)
      .catch(() => undefined);
    await run.seen("approval.requested");
    stop.abort(new Error("the host ends"));
    await asked;
    return await run.afterCrash();
  }

  it("is not asked for again, and its answer counts", async () => {
    const run = await interrupted(await teamRun());
    await answer(run, { approvalId: "a-id1" });
    await expect(approvalsOf(run).ask(question, given, never)).resolves.toEqual({
      answer: "approve",
      by: "person",
      comment: "",
    });
    expect(run.dataOf("approval.requested")).toHaveLength(1);
  });

  it("is asked for anew when anything in it is another", async () => {
    const run = await interrupted(await teamRun());
    await answer(run, { approvalId: "a-id1" });
    const other = { ...question, input: { command: "npm install evil" } };
    const approvals = new Approvals(run.setup, { newId: () => "second" });
    const asked = approvals.ask(other, given, never);
    await run.seen("approval.requested", 2);
    await answer(run, { approvalId: "a-second", answer: "reject" });
    await expect(asked).resolves.toMatchObject({ answer: "reject" });
  });

  it("is asked for anew for another effect", async () => {
    const run = await interrupted(await teamRun());
    await answer(run, { approvalId: "a-id1" });
    const approvals = new Approvals(run.setup, { newId: () => "second" });
    const asked = approvals.ask(question, { ...given, effectId: "e-a-1-2-0" }, never);
    await run.seen("approval.requested", 2);
    await answer(run, { approvalId: "a-second", answer: "reject" });
    await expect(asked).resolves.toMatchObject({ answer: "reject" });
  });
});

describe("the policy of a run", () => {
  it("asks a person unless it says otherwise", async () => {
    expect(await policyAnswer(await teamRun({ approve: "ask" }))).toBe("asks a person");
  });

  it("grants what the scope covers with 'auto', and says that it did", async () => {
    const run = await teamRun({ approve: "auto" });
    const granted = { answer: "approve", by: "policy:auto", comment: "" };
    expect(await policyAnswer(run, { risk: "high" }, true)).toEqual(granted);
    expect(run.dataOf("approval.decided")).toMatchObject([{ by: "policy:auto", extent: "once" }]);
  });

  it("refuses with 'auto' what the scope does not cover", async () => {
    const run = await teamRun({ approve: "auto" });
    expect(await policyAnswer(run)).toMatchObject({ answer: "reject", by: "policy:auto" });
    expect(run.entries.at(-1)).toMatchObject({ type: "approval.decided", outcome: "denied" });
  });

  it.each([
    ["needs a person", { needsPerson: true }],
    ["is about a doubt", { kind: "inDoubt" }],
    ["is about rules", { kind: "rules" }],
  ] as const)("asks a person with 'auto' where it %s", async (_, change) => {
    const run = await teamRun({ approve: "auto" });
    expect(await policyAnswer(run, change, true)).toBe("asks a person");
  });

  it("rejects everything with 'never'", async () => {
    const run = await teamRun({ approve: "never" });
    expect(await policyAnswer(run, { needsPerson: true })).toEqual({
      answer: "reject",
      by: "policy:never",
      comment: "",
    });
    expect(run.entries.at(-1)).toMatchObject({ type: "approval.decided", outcome: "denied" });
  });
});

describe("what was granted for the rest of the run", () => {
  it("are the patterns of answers that reach further than one call", async () => {
    const run = await teamRun();
    const approvals = approvalsOf(run);
    for (const [index, extent] of (["once", "run", "always"] as const).entries()) {
      const effectId = `e-a-1-${index + 1}-0`;
      const asked = approvals.ask(question, { ...given, effectId }, never);
      await run.seen("approval.requested", index + 1);
      const grant = await run.log.keep(`pattern ${extent}`);
      await answer(run, { approvalId: `a-id${index + 1}`, extent, ...(extent === "once" ? {} : { grant }) });
      await asked;
    }
    expect(await approvals.granted()).toEqual(["pattern run", "pattern always"]);
  });

  it("is nothing that was rejected", async () => {
    const run = await teamRun();
    const asked = approvalsOf(run).ask(question, given, never);
    await run.seen("approval.requested");
    const grant = await run.log.keep("pattern");
    await answer(run, { approvalId: "a-id1", answer: "reject", extent: "run", grant });
    await asked;
    expect(await approvalsOf(run).granted()).toEqual([]);
  });
});
