import { createHash } from "node:crypto";
import type { Finding, FindingCategory, Place, Range, Severity } from "../../protocol/finding.ts";

/** What is the same for every finding of one kind. `why` and `remedy` are read by people in the report. */
export interface Rule {
  readonly id: string;
  readonly category: FindingCategory;
  readonly severity: Severity;
  /** Short noun phrase, for tables and SARIF. */
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
}

/** What differs from finding to finding. */
export interface Occurrence {
  readonly file: string;
  readonly range: Range;
  readonly message: string;
  readonly evidence: string;
  readonly severity?: Severity;
  readonly remedy?: string;
  readonly related?: readonly Place[];
  readonly fix?: Finding["fix"];
  /**
   * What identifies it while the code around it moves: a name, a normalised snippet. Line numbers do not belong
   * here. The evidence if not given.
   */
  readonly identity?: string;
}

const maxTextLength = 1_000;

/** Makes a finding of `rule`. The fingerprint is from rule, file and identity, so it survives moved lines. */
export function finding(rule: Rule, occurrence: Occurrence): Finding {
  const identity = occurrence.identity ?? occurrence.evidence;
  const digest = createHash("sha256").update(`${rule.id}\0${occurrence.file}\0${identity}`).digest("hex");
  return {
    ruleId: rule.id,
    category: rule.category,
    severity: occurrence.severity ?? rule.severity,
    file: occurrence.file,
    range: occurrence.range,
    message: clip(occurrence.message, maxTextLength),
    evidence: clip(occurrence.evidence, maxTextLength),
    why: rule.why,
    remedy: occurrence.remedy ?? rule.remedy,
    related: (occurrence.related ?? []).slice(0, 100),
    fingerprint: digest.slice(0, 32),
    ...(occurrence.fix === undefined ? {} : { fix: occurrence.fix }),
  };
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
