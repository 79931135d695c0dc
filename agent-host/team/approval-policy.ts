import type { ApprovalSubject } from "../protocol/approval.ts";
import type { ApproveMode } from "../protocol/run.ts";

export interface PolicyAnswer {
  readonly answer: "approve" | "reject";
  readonly by: "policy:auto" | "policy:never";
}

/** What a policy judges by; `inScope` is the access decision's word, and no part of what a person signs. */
export type PolicySubject = Pick<ApprovalSubject, "kind" | "needsPerson"> & { readonly inScope: boolean };

/**
 * The answer that the run's mode gives in place of a person; null: a person has to. `auto` grants what the scope
 * covers and refuses what it does not; what needs a person it leaves to one. `never` refuses all.
 */
export function policyAnswer(mode: ApproveMode, subject: PolicySubject): PolicyAnswer | null {
  if (mode === "ask") return null;
  if (mode === "never") return { answer: "reject", by: "policy:never" };
  if (subject.kind === "question") return { answer: "reject", by: "policy:auto" };
  if (subject.needsPerson || subject.kind !== "toolCall") return null;
  return { answer: subject.inScope ? "approve" : "reject", by: "policy:auto" };
}

/** Why something was not done, for the agent that asked for it; says how a person could allow it. */
export function refusalWords(by: string, reason: string, access: "command" | "connect" | "other"): string {
  if (by === "person") return `not approved: ${reason}`;
  if (by !== "policy:auto") return `not approved, this run asks nobody: ${reason}`;
  const allowing = { command: "scope.commands", connect: "scope.hosts", other: "scope" }[access];
  return (
    `not approved: ${reason}. This run grants by itself only what its scope covers; ` +
    `a person can add it to ${allowing} in rules.yaml, or run with --approve ask`
  );
}
