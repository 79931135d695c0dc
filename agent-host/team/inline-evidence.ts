import type { Evidence } from "../protocol/phase.ts";

/** An entry of the journal holds 4 KiB; the rest of `gate.evaluated` takes less than half a KiB. */
const maxBytes = 3_500;

/** The evidence as far as it fits into an entry. All of it stands in the gate's subject, whose digest is in the entry. */
export function inlineEvidence(evidence: readonly Evidence[]): Evidence[] {
  const forms = [(each: Evidence): Evidence => each, withoutWordsIfPassed, withoutProof];
  for (const form of forms) {
    const shown = evidence.map(form);
    if (Buffer.byteLength(JSON.stringify(shown)) <= maxBytes) return shown;
  }
  return evidence.map(withoutProof);
}

function withoutWordsIfPassed(evidence: Evidence): Evidence {
  if (!evidence.passed) return evidence;
  const { reason: _, ...rest } = evidence;
  return rest;
}

function withoutProof({ criterion, passed, needsPerson }: Evidence): Evidence {
  return { criterion, passed, ...(needsPerson === undefined ? {} : { needsPerson }) };
}
