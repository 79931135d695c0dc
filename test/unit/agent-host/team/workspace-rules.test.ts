import { describe, expect, it } from "vitest";
import type { EffectiveRules } from "../../../../agent-host/config/effective-rules.ts";
import { digestOf } from "../../../../agent-host/core/digest.ts";
import { ControlLog } from "../../../../agent-host/team/control-log.ts";
import {
  approvedRules,
  journalRulesEvent,
  rulesSubject,
} from "../../../../agent-host/team/workspace-rules.ts";
import { shippedRules } from "../../../support/rules-fixture.ts";
import { never, person, type TeamRun, teamRun } from "../../../support/team-run.ts";

const inert = { path: ".agent-team/rules.yaml", sha256: "e".repeat(64), text: "format: 1\n" };
const approvalId = `a-rules-${"e".repeat(40)}`;

async function setting(): Promise<{ run: TeamRun; given: Parameters<typeof journalRulesEvent>[1] }> {
  const run = await teamRun();
  return { run, given: { journal: run.journal, control: new ControlLog(run.journal) } };
}

describe("rules of the workspace", () => {
  it("are asked for once for each version, as what they are", async () => {
    const { run, given } = await setting();
    await journalRulesEvent({ kind: "inert", inert }, given);
    await journalRulesEvent({ kind: "inert", inert }, given);
    expect(run.dataOf("approval.requested")).toMatchObject([
      { approvalId, kind: "rules", about: inert.sha256, digest: digestOf(rulesSubject(approvalId, inert)) },
    ]);
    await journalRulesEvent({ kind: "inert", inert: { ...inert, sha256: "f".repeat(64) } }, given);
    expect(run.dataOf("approval.requested")).toHaveLength(2);
  });

  it("count once a person has approved exactly these bytes, and are asked for no more after that", async () => {
    const { run, given } = await setting();
    await journalRulesEvent({ kind: "inert", inert }, given);
    expect(approvedRules(await given.control.current())).toEqual(new Set());
    const digest = digestOf(rulesSubject(approvalId, inert));
    const data = { approvalId, answer: "approve", extent: "once", by: "person", digest } as const;
    await run.journal.append([{ type: "approval.decided", actor: person, data }], never);
    expect(approvedRules(await given.control.current())).toEqual(new Set([inert.sha256]));
    await journalRulesEvent({ kind: "inert", inert }, given);
    expect(run.dataOf("approval.requested")).toHaveLength(1);
  });

  it("do not count when they were rejected, and stay unasked", async () => {
    const { run, given } = await setting();
    await journalRulesEvent({ kind: "inert", inert }, given);
    const digest = digestOf(rulesSubject(approvalId, inert));
    const data = { approvalId, answer: "reject", extent: "once", by: "person", digest } as const;
    await run.journal.append([{ type: "approval.decided", actor: person, data }], never);
    expect(approvedRules(await given.control.current())).toEqual(new Set());
    await journalRulesEvent({ kind: "inert", inert }, given);
    expect(run.dataOf("approval.requested")).toHaveLength(1);
  });

  it("are shown whole in what is signed, however long they are", () => {
    const text = Array.from({ length: 200 }, (_, index) => `line ${index}`).join("\n");
    const subject = rulesSubject(approvalId, { ...inert, text });
    expect(subject.facts.length).toBeLessThanOrEqual(50);
    expect(subject).toMatchObject({ input: { text }, needsPerson: true, approvers: ["lead"] });
  });
});

describe("what became of rules' files", () => {
  it("is journaled when they were taken", async () => {
    const { run, given } = await setting();
    const rules = shippedRules();
    const checksum = digestOf(rules);
    const effective: EffectiveRules = { rules, checksum, parts: [], inert: null, refusals: [] };
    await journalRulesEvent({ kind: "loaded", source: "user", effective }, given);
    expect(run.dataOf("rules.loaded")).toEqual([{ checksum, source: "user" }]);
  });

  it("is journaled with place and reason when they were refused", async () => {
    const { run, given } = await setting();
    const fault = { line: 7, column: 3, path: "limits.tasks", reason: `${"too many ".repeat(100)}` };
    const refusal = { ...fault, source: "user" as const, name: "rules.yaml", keepsLast: true };
    await journalRulesEvent({ kind: "refused", refusal }, given);
    expect(run.dataOf("rules.refused")).toMatchObject([
      { source: "user", line: 7, reason: expect.stringMatching(/^rules\.yaml: limits\.tasks: too many/) },
    ]);
    expect(run.entries.at(-1)?.outcome).toBe("denied");
  });
});
