import type { Finding } from "../protocol/finding.ts";
import type { SourceFile } from "./file-facts.ts";
import { isAsidePath } from "./files/file-role.ts";

// A token of a known shape opens the same door wherever it stands; its own rule says how much it counts in a test.
const countsEverywhere: ReadonlySet<string> = new Set([
  "security/secret-token",
  "security/secret-private-key",
]);

// How people tell other analysers that they looked at a line and meant it.
const decided =
  /\bnosec\b|\bnosemgrep\b|\bNOSONAR\b|\blgtm\s*\[|\bcodeql\s*\[|\bnoqa:[\s\w,]*\bS\d{3}|eslint-disable(?:-next)?-line[^\n]*(?:no-(?:implied-)?eval|no-new-func|no-danger|security\/|sdl\/|no-unsanitized)|biome-ignore[^\n]*lint\/security/i;

/**
 * Lowers what counts less where it stands: findings in tests, examples, templates and documentation, and dangerous
 * calls with a comment in which somebody answers for them.
 */
export function weighFindings(findings: readonly Finding[], { path, text }: SourceFile): readonly Finding[] {
  const isAside = isAsidePath(path);
  const mayBeDecided = findings.some(({ category }) => category === "security") && decided.test(text);
  if (!isAside && !mayBeDecided) return findings;
  const lines = mayBeDecided ? text.split("\n") : [];
  return findings.map((finding) => {
    if (finding.severity === "info" || countsEverywhere.has(finding.ruleId)) return finding;
    const line = finding.range.startLine;
    // On the line, or on the one before it.
    const isDecided = mayBeDecided && decided.test(lines.slice(Math.max(0, line - 2), line).join("\n"));
    return isAside || isDecided ? { ...finding, severity: "info" } : finding;
  });
}
