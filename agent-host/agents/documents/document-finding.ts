import { createHash } from "node:crypto";
import type { Finding, Severity } from "../../protocol/finding.ts";

/** A kind of drift between documents and the rest of the workspace. */
export interface DocumentRule {
  readonly id: string;
  readonly severity: Severity;
  readonly why: string;
  readonly remedy: string;
}

export interface DocumentProblem {
  readonly file: string;
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly message: string;
  readonly evidence: string;
  readonly severity?: Severity;
  readonly remedy?: string;
}

export const brokenLinkRule: DocumentRule = {
  id: "documents/broken-link",
  severity: "warning",
  why: "Readers end at an error page; what the document relied on was moved, renamed or deleted.",
  remedy: "Point it to where the content is now, or remove the link.",
};

export const brokenAnchorRule: DocumentRule = {
  id: "documents/broken-anchor",
  severity: "info",
  why: "The link opens the document but not the section it promises; the heading was renamed or deleted.",
  remedy: "Use the current heading's anchor.",
};

export const unknownCommandRule: DocumentRule = {
  id: "documents/unknown-command",
  severity: "warning",
  why: "Who follows the instructions gets an error at once and can't tell whether the fault is theirs.",
  remedy: "Name the command that does it now, or bring the script back.",
};

export const missingPathRule: DocumentRule = {
  id: "documents/missing-path",
  severity: "info",
  why: "The document describes a file that is not there; people and agents that rely on it look in vain.",
  remedy: "Name the file that has taken its place, or delete the passage.",
};

export const licenceRule: DocumentRule = {
  id: "documents/licence-differs",
  severity: "warning",
  why: "Users and their lawyers can't tell which terms hold; registries show the one from the manifest.",
  remedy: "Make the manifest and the licence file name the same licence.",
};

export function documentFinding(rule: DocumentRule, problem: DocumentProblem): Finding {
  const { file, line, column, evidence } = problem;
  const digest = createHash("sha256").update(`${rule.id}\0${file}\0${evidence}`).digest("hex");
  return {
    ruleId: rule.id,
    category: "documents",
    severity: problem.severity ?? rule.severity,
    file,
    range: { startLine: line, startColumn: column, endLine: line, endColumn: column + evidence.length },
    message: problem.message.slice(0, 1_000),
    evidence: evidence.slice(0, 500),
    why: rule.why,
    remedy: problem.remedy ?? rule.remedy,
    related: [],
    fingerprint: digest.slice(0, 32),
  };
}
