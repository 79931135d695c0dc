import { createHash } from "node:crypto";
import type { Finding } from "../../protocol/finding.ts";

/** Tells findings apart that look alike (the same call twice in one file) by counting them in order. */
export function withUniqueFingerprints(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map<string, number>();
  let isUnique = true;
  for (const { fingerprint } of findings) {
    const count = seen.get(fingerprint) ?? 0;
    seen.set(fingerprint, count + 1);
    if (count > 0) isUnique = false;
  }
  if (isUnique) return findings;
  seen.clear();
  return findings.map((finding) => {
    const count = seen.get(finding.fingerprint) ?? 0;
    seen.set(finding.fingerprint, count + 1);
    return count === 0 ? finding : { ...finding, fingerprint: numbered(finding.fingerprint, count) };
  });
}

function numbered(fingerprint: string, count: number): string {
  return createHash("sha256").update(`${fingerprint}\0${count}`).digest("hex").slice(0, 32);
}
