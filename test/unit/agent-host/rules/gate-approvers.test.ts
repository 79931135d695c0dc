import { expect, it } from "vitest";
import type { Criterion, HumanRole, Phase } from "../../../../agent-host/protocol/phase.ts";
import { approversOf } from "../../../../agent-host/rules/gate-approvers.ts";
import { shippedRules } from "../../../support/rules-fixture.ts";

const rules = shippedRules();
const guarded: Criterion = { kind: "protectedUnchanged" };
const approvedBy = (role: HumanRole): Criterion => ({ kind: "humanApproval", role });

it.each<[Phase, HumanRole[]]>([
  ["design", ["lead"]],
  ["review", ["reviewer"]],
  ["verification", ["lead", "admin"]],
])("asks for the roles of the shipped rules at the gate of %s", (phase, roles) => {
  const { criteria, approvers } = rules.phases[phase];
  expect(approversOf(criteria, approvers)).toEqual(roles);
});

it.each<[string, Criterion[], HumanRole[], HumanRole[]]>([
  [
    "a viewer's approval beside what a lead clears",
    [guarded, approvedBy("viewer")],
    ["lead", "admin"],
    ["lead"],
  ],
  ["two approvals", [approvedBy("admin"), approvedBy("reviewer")], ["reviewer"], ["admin"]],
  ["a phase that only admins decide", [approvedBy("reviewer")], ["admin"], ["admin"]],
  ["a phase that names nobody", [approvedBy("reviewer")], [], ["reviewer"]],
  ["nobody at all", [guarded], [], []],
])("asks for who satisfies everything: %s", (_what, criteria, ofPhase, roles) => {
  expect(approversOf(criteria, ofPhase)).toEqual(roles);
});
