import { describe, expect, it } from "vitest";
import { digestOf } from "../../../../agent-host/core/digest.ts";
import type { DecisionInput } from "../../../../agent-host/protocol/decision.ts";
import type { GateSubject } from "../../../../agent-host/protocol/phase.ts";
import type { Decisions, DecisionsOptions } from "../../../../agent-host/team/decisions.ts";
import { finishRun } from "../../../../agent-host/team/finish-run.ts";
import { rulesSubject } from "../../../../agent-host/team/workspace-rules.ts";
import {
  client,
  openApproval,
  openGate,
  type Signer,
  signer,
  type TeamInbox,
  teamInbox,
  verify,
} from "../../../support/team-inbox.ts";
import { hostActor, never, type TeamRun, teamRun } from "../../../support/team-run.ts";

const reviewer = signer("rosa", "reviewer");
const lead = signer("lee", "lead");
const viewer = signer("vic", "viewer");
const stranger = signer("rosa", "admin");

interface Setting extends TeamInbox {
  readonly run: TeamRun;
}

async function setting(given: Parameters<typeof teamInbox>[1] = {}): Promise<Setting> {
  const run = await teamRun();
  const made = teamInbox(run, given);
  await made.enroll(reviewer, lead, viewer);
  return { run, ...made };
}

function onGate(
  subject: GateSubject,
  change: Partial<DecisionInput> = {},
): Omit<DecisionInput, "workspaceId"> {
  return { id: subject.gateId, digest: digestOf(subject), answer: "approve", ...change };
}

function statusOf(run: TeamRun) {
  return run.log.state.phases.find(({ phase }) => phase === "review")?.status;
}

/** What the journal says of the attempt that was refused. */
function refusals(run: TeamRun) {
  return run.entries
    .filter(({ type, outcome }) => type === "permission.decided" && outcome === "denied")
    .map(({ data, resource, actor }) => [data.rule, resource?.id, actor.id]);
}

describe("a decision on a gate", () => {
  it("counts with the signature of a key whose role may, which is kept in the entry", async () => {
    const { run, decisions } = await setting();
    const signed = reviewer.sign(onGate(await openGate(run)));
    const { seq } = await decisions.decideGate(signed, client);
    expect(statusOf(run)).toBe("passed");
    const entry = run.entries.at(-1);
    expect(entry).toMatchObject({
      seq,
      type: "gate.decided",
      actor: { kind: "user", id: "rosa", role: "reviewer" },
      data: { keyId: reviewer.approver.keyId, signature: signed.signature },
    });
    const kept = run.dataOf("gate.decided")[0]?.signed?.blob ?? "";
    expect(JSON.parse(await run.log.recall(kept))).toEqual(signed);
  });

  it.each([
    ["decision.unknownKey", stranger, {}],
    ["decision.role", viewer, {}],
    ["decision.otherId", reviewer, { id: "g-review-9" }],
  ] as const)("is refused with %s and journaled, and the gate stays as it is", async (rule, who, change) => {
    const { run, decisions } = await setting();
    const subject = await openGate(run);
    const deciding = decisions.decideGate((who as Signer).sign(onGate(subject, change)), client);
    await expect(deciding).rejects.toMatchObject({ code: "decision.refused" });
    expect(refusals(run)).toEqual([[rule, "g-review-1", "local"]]);
    expect(statusOf(run)).toBe("needsPerson");
  });

  it("is refused when anything in it was changed after it was signed", async () => {
    const { run, decisions } = await setting();
    const signed = reviewer.sign(onGate(await openGate(run), { answer: "reject" }));
    const forged = { ...signed, decision: { ...signed.decision, answer: "approve" as const } };
    await expect(decisions.decideGate(forged, client)).rejects.toMatchObject({ code: "decision.refused" });
    expect(refusals(run)).toEqual([["decision.badSignature", "g-review-1", "local"]]);
  });

  it("comes too late for what is not open, or not as it was shown, and that is journaled", async () => {
    const { run, decisions } = await setting();
    const subject = await openGate(run);
    const shown = { ...subject, evidence: [] };
    await expect(decisions.decideGate(reviewer.sign(onGate(shown)), client)).rejects.toMatchObject({
      code: "decision.tooLate",
    });
    expect(refusals(run)).toEqual([["decision.tooLate", "g-review-1", "local"]]);
    expect(statusOf(run)).toBe("needsPerson");
  });

  it("comes too late for the evidence of a tree that a merge has replaced", async () => {
    const { run, decisions } = await setting();
    const signed = reviewer.sign(onGate(await openGate(run)));
    const tree = run.trees.add(new Map([["src/a.ts", "2"]]));
    await run.record({ type: "changeset.merged", actor: hostActor, data: { changeSetId: "c-a-1", tree } });
    await expect(decisions.decideGate(signed, client)).rejects.toMatchObject({ code: "decision.tooLate" });
    expect(statusOf(run)).toBe("void");
  });

  it("wins when it is first; the second hears so", async () => {
    const { run, decisions } = await setting();
    const subject = await openGate(run);
    const outcomes = await Promise.allSettled([
      decisions.decideGate(reviewer.sign(onGate(subject, { answer: "reject" })), client),
      decisions.decideGate(lead.sign(onGate(subject)), client),
    ]);
    expect(outcomes[0]?.status).toBe("fulfilled");
    expect(outcomes[1]).toMatchObject({ status: "rejected", reason: { code: "decision.tooLate" } });
    expect(statusOf(run)).toBe("rejected");
    expect(run.dataOf("gate.decided")).toHaveLength(1);
  });

  it("can not be replayed for a later evaluation of the same gate", async () => {
    const { run, decisions } = await setting();
    const signed = reviewer.sign(onGate(await openGate(run)));
    await decisions.decideGate(signed, client);
    await openGate(run, { gateId: "g-review-2" });
    await expect(decisions.decideGate(signed, client)).rejects.toMatchObject({ code: "decision.tooLate" });
  });

  it("comes too late when the run ends while the signature is checked", async () => {
    const run = await teamRun();
    const cancelled: DecisionsOptions["verify"] = async (...given) => {
      await finishRun(run.log, { status: "cancelled", exitCode: 130 }, hostActor);
      return await verify(...given);
    };
    const { decisions, enroll } = teamInbox(run, { verify: cancelled });
    await enroll(reviewer);
    const deciding = decisions.decideGate(reviewer.sign(onGate(await openGate(run))), client);
    await expect(deciding).rejects.toMatchObject({ code: "decision.tooLate" });
    expect(run.dataOf("gate.decided")).toEqual([]);
  });

  it("approves no protected file that it does not name, and that it tried is journaled", async () => {
    const { run, decisions } = await setting();
    const subject = await openGate(run, { protectedFiles: ["package.json", "test/a.test.ts"] });
    const partly = reviewer.sign(onGate(subject, { clears: ["package.json"] }));
    await expect(decisions.decideGate(partly, client)).rejects.toMatchObject({
      code: "decision.uncleared",
      message: expect.stringContaining("test/a.test.ts"),
    });
    expect(refusals(run)).toEqual([["decision.uncleared", "g-review-1", "rosa"]]);
    const whole = reviewer.sign(onGate(subject, { clears: ["test/a.test.ts", "package.json"] }));
    await decisions.decideGate(whole, client);
    expect(statusOf(run)).toBe("passed");
  });

  it("may reject without clearing anything", async () => {
    const { run, decisions } = await setting();
    const subject = await openGate(run, { protectedFiles: ["package.json"] });
    await decisions.decideGate(reviewer.sign(onGate(subject, { answer: "reject" })), client);
    expect(statusOf(run)).toBe("rejected");
  });
});

describe("work that a person sends back", () => {
  async function sendBack(
    decisions: Decisions,
    subject: GateSubject,
    returnTo: "implementation" | "delivery",
  ) {
    const change = { answer: "reject" as const, returnTo, comment: "Do it well" };
    return await decisions.decideGate(reviewer.sign(onGate(subject, change)), client);
  }

  it("goes back to the named phase with her words", async () => {
    const { run, decisions } = await setting();
    await sendBack(decisions, await openGate(run), "implementation");
    expect(run.log.state).toMatchObject({ phase: "implementation", returns: [{ from: "review" }] });
    const comment = run.log.state.returns[0]?.comment ?? "";
    expect(await run.log.recall(comment)).toBe("Do it well");
  });

  it("can not go forward", async () => {
    const { run, decisions } = await setting();
    const sent = sendBack(decisions, await openGate(run), "delivery");
    await expect(sent).rejects.toMatchObject({ code: "decision.returnTo" });
    expect(refusals(run)).toEqual([["decision.returnTo", "g-review-1", "rosa"]]);
    expect(statusOf(run)).toBe("needsPerson");
  });

  it("goes back as often as the rules allow, and no more", async () => {
    const { run, decisions } = await setting({ maxReturns: 1 });
    await sendBack(decisions, await openGate(run), "implementation");
    const again = sendBack(decisions, await openGate(run, { gateId: "g-review-2" }), "implementation");
    await expect(again).rejects.toMatchObject({ code: "decision.returns" });
    expect(refusals(run)).toEqual([["decision.returns", "g-review-2", "rosa"]]);
    expect(run.log.state.returns).toHaveLength(1);
  });
});

describe("a decision on an approval", () => {
  const onApproval = (subject: { approvalId: string }, change: Partial<DecisionInput> = {}) => {
    return { id: subject.approvalId, digest: digestOf(subject), answer: "approve" as const, ...change };
  };

  it("counts once, and grants nothing more unless it says so", async () => {
    const { run, decisions } = await setting();
    await decisions.decideApproval(lead.sign(onApproval(await openApproval(run))), client);
    expect(run.log.state.approvals["a-1"]).toMatchObject({ answer: "approve", extent: "once", grant: null });
  });

  it("grants the pattern that was shown for the rest of the run, or for all", async () => {
    const { run, decisions, control } = await setting();
    const subject = await openApproval(run);
    await decisions.decideApproval(lead.sign(onApproval(subject, { extent: "always" })), client);
    const grant = run.log.state.approvals["a-1"]?.grant ?? "";
    expect(await run.log.recall(grant)).toBe(subject.pattern);
    expect((await control.current()).alwaysGrants).toEqual([{ runId: run.log.runId, grant }]);
  });

  it("grants no pattern where none was shown, nor by a rejection", async () => {
    const { run, decisions } = await setting();
    const bare = await openApproval(run, { pattern: null });
    await decisions.decideApproval(lead.sign(onApproval(bare, { extent: "run" })), client);
    const other = await openApproval(run, { approvalId: "a-2" });
    await decisions.decideApproval(lead.sign(onApproval(other, { answer: "reject", extent: "run" })), client);
    const { approvals } = run.log.state;
    expect([approvals["a-1"]?.grant, approvals["a-2"]?.grant]).toEqual([null, null]);
  });

  it("is refused for a role that may not, and journaled", async () => {
    const { run, decisions } = await setting();
    const signed = reviewer.sign(onApproval(await openApproval(run)));
    await expect(decisions.decideApproval(signed, client)).rejects.toMatchObject({
      code: "decision.refused",
    });
    expect(refusals(run)).toEqual([["decision.role", "a-1", "local"]]);
    expect(run.log.state.approvals["a-1"]?.answer).toBe("open");
  });

  it("comes too late once it was answered", async () => {
    const { run, decisions } = await setting();
    const subject = await openApproval(run);
    await decisions.decideApproval(lead.sign(onApproval(subject, { answer: "reject" })), client);
    await expect(decisions.decideApproval(lead.sign(onApproval(subject)), client)).rejects.toMatchObject({
      code: "decision.tooLate",
    });
    expect(run.log.state.approvals["a-1"]?.answer).toBe("reject");
  });

  it("is not good for a gate, nor a gate's for it", async () => {
    const { run, decisions } = await setting();
    const [gate, approval] = [await openGate(run), await openApproval(run)];
    await expect(decisions.decideGate(lead.sign(onApproval(approval)), client)).rejects.toMatchObject({
      code: "decision.tooLate",
    });
    await expect(decisions.decideApproval(lead.sign(onGate(gate)), client)).rejects.toMatchObject({
      code: "decision.tooLate",
    });
  });

  it("counts for the workspace's own rules too, which belong to no run", async () => {
    const text = "format: 1\n";
    const inert = { path: ".agent-team/rules.yaml", sha256: "e".repeat(64), text };
    const subject = rulesSubject("a-rules-1", inert);
    const { run, decisions, control } = await setting({ rulesSubject: async () => subject });
    const { kind, tool, risk } = subject;
    const asked = { approvalId: "a-rules-1", kind, tool, risk, about: inert.sha256, limitMs: 0 };
    await run.journal.append(
      [{ type: "approval.requested", actor: hostActor, data: { ...asked, digest: digestOf(subject) } }],
      never,
    );
    await decisions.decideApproval(lead.sign(onApproval(subject)), client);
    expect((await control.current()).approvals["a-rules-1"]).toMatchObject({ answer: "approve" });
    expect(run.entries.at(-1)).toMatchObject({ type: "approval.decided", runId: null });
  });
});
