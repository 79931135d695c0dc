import { describe, expect, it } from "vitest";
import { digestOf } from "../../../../agent-host/core/digest.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { finishRun } from "../../../../agent-host/team/finish-run.ts";
import { rulesSubject } from "../../../../agent-host/team/workspace-rules.ts";
import { openApproval, openGate, teamInbox } from "../../../support/team-inbox.ts";
import { hostActor, never, person, teamRun } from "../../../support/team-run.ts";

describe("the inbox", () => {
  it("has nothing in it where nothing waits", async () => {
    const { inbox } = teamInbox(await teamRun());
    expect([await inbox.gates(), await inbox.approvals()]).toEqual([[], []]);
  });

  it("shows each gate and approval that waits, with the digest that is to be signed, oldest first", async () => {
    const run = await teamRun();
    const { inbox } = teamInbox(run);
    const gate = await openGate(run);
    const [first, second] = [await openApproval(run), await openApproval(run, { approvalId: "a-2" })];
    expect(await inbox.gates()).toMatchObject([{ subject: gate, digest: digestOf(gate) }]);
    expect(await inbox.approvals()).toMatchObject([
      { subject: first, digest: digestOf(first), limitMs: 60_000 },
      { subject: second, digest: digestOf(second) },
    ]);
  });

  it("hides nothing behind a request whose words are gone, and names those when its run is asked for", async () => {
    const run = await teamRun();
    const [lost, kept] = [await openApproval(run), await openApproval(run, { approvalId: "a-2" })];
    const blob = run.log.state.approvals[lost.approvalId]?.subject;
    const recall = run.log.recall.bind(run.log);
    run.log.recall = async (name) => {
      if (name === blob) throw new HostError("blob.missing", "The blob does not exist");
      return await recall(name);
    };
    const { inbox } = teamInbox(run);
    expect(await inbox.approvals()).toMatchObject([{ subject: kept }]);
    await expect(inbox.approvals(run.log.runId)).rejects.toMatchObject({ code: "blob.missing" });
  });

  it("shows what waits in the run that is asked for", async () => {
    const run = await teamRun();
    const { inbox } = teamInbox(run);
    await openApproval(run);
    expect(await inbox.approvals(run.log.runId)).toHaveLength(1);
    expect(await inbox.approvals("r-other-1")).toEqual([]);
    expect(await inbox.gates("r-other-1")).toEqual([]);
  });

  it("shows nothing that was answered, nor anything of a run that has ended", async () => {
    const run = await teamRun();
    const { inbox } = teamInbox(run);
    const { approvalId } = await openApproval(run);
    await openApproval(run, { approvalId: "a-2" });
    await openGate(run);
    const digest = run.log.state.approvals[approvalId]?.digest ?? "";
    const data = { approvalId, answer: "reject" as const, extent: "once" as const, by: "person" as const };
    await run.record({ type: "approval.decided", actor: person, data: { ...data, digest } });
    expect((await inbox.approvals()).map(({ subject }) => subject.approvalId)).toEqual(["a-2"]);
    await finishRun(run.log, { status: "cancelled", exitCode: 130 }, hostActor);
    expect([await inbox.gates(), await inbox.approvals(run.log.runId)]).toEqual([[], []]);
  });

  it("shows what the workspace itself waits for, as long as it is still there", async () => {
    const run = await teamRun();
    const inert = { path: ".agent-team/rules.yaml", sha256: "e".repeat(64), text: "format: 1\n" };
    const subject = rulesSubject("a-rules-1", inert);
    let isThere = true;
    const { inbox } = teamInbox(run, { rulesSubject: async () => (isThere ? subject : null) });
    const { kind, tool, risk } = subject;
    const asked = { approvalId: "a-rules-1", kind, tool, risk, about: inert.sha256, limitMs: 0 };
    const data = { ...asked, digest: digestOf(subject) };
    await run.journal.append([{ type: "approval.requested", actor: hostActor, data }], never);
    expect(await inbox.approvals()).toMatchObject([{ subject, limitMs: 0 }]);
    expect(await inbox.approvals(run.log.runId)).toEqual([]);
    isThere = false;
    expect(await inbox.approvals()).toEqual([]);
  });
});
