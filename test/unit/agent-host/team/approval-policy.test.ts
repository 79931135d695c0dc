import { describe, expect, it } from "vitest";
import { policyAnswer, refusalWords } from "../../../../agent-host/team/approval-policy.ts";

const call = { kind: "toolCall", needsPerson: false, inScope: true } as const;

describe("policyAnswer", () => {
  it("leaves all to people with 'ask', and refuses all with 'never'", () => {
    for (const kind of ["toolCall", "inDoubt", "rules", "question"] as const) {
      for (const inScope of [true, false]) {
        expect(policyAnswer("ask", { kind, inScope, needsPerson: false })).toBeNull();
        expect(policyAnswer("never", { kind, inScope, needsPerson: true })).toEqual({
          answer: "reject",
          by: "policy:never",
        });
      }
    }
  });

  it("grants calls in scope with 'auto', and nothing else", () => {
    expect(policyAnswer("auto", call)).toEqual({ answer: "approve", by: "policy:auto" });
    expect(policyAnswer("auto", { ...call, inScope: false })).toMatchObject({ answer: "reject" });
    expect(policyAnswer("auto", { ...call, kind: "question" })).toMatchObject({ answer: "reject" });
    for (const kind of ["toolCall", "inDoubt", "rules"] as const) {
      expect(policyAnswer("auto", { kind, needsPerson: true, inScope: true })).toBeNull();
    }
    expect(policyAnswer("auto", { ...call, kind: "inDoubt" })).toBeNull();
  });
});

describe("refusalWords", () => {
  it("say how a person could allow what the policy did not", () => {
    expect(refusalWords("policy:auto", "unknown", "command")).toContain("scope.commands in rules.yaml");
    expect(refusalWords("policy:auto", "unknown", "connect")).toContain("scope.hosts in rules.yaml");
    expect(refusalWords("policy:never", "unknown", "command")).toContain("asks nobody");
    expect(refusalWords("person", "unknown", "other")).toBe("not approved: unknown");
  });
});
