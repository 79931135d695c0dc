import { pathToFileURL } from "node:url";
import type { Finding, Range, Severity } from "../../protocol/finding.ts";
import { pathToUri } from "./escape.ts";
import { groupBy, type ReportInput, severities, sortedFindings } from "./report-input.ts";
import { titleOf } from "./rule-titles.ts";

/** A SARIF 2.1.0 log with one run, as code scanning services and editors read it. */
export function sarifReport(input: ReportInput): object {
  const findings = sortedFindings(input);
  const rules = rulesOf(findings);
  const ruleIndex = new Map(rules.map((rule, index) => [rule.id, index]));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: input.tool.name, version: input.tool.version, rules } },
        ...runDetails(input),
        originalUriBaseIds: { SRCROOT: { uri: folderUri(input.root) } },
        columnKind: "utf16CodeUnits",
        results: findings.map((found) => resultOf(found, ruleIndex)),
      },
    ],
  };
}

const levels = { error: "error", warning: "warning", info: "note" } as const;
// What code scanning services sort security alerts by: CVSS-like, 7 and more is high.
const securitySeverity: Record<Severity, string> = { error: "8.0", warning: "5.5", info: "3.0" };

function runDetails(input: ReportInput): object {
  const { run } = input;
  if (run === undefined) return { invocations: [{ executionSuccessful: true }] };
  const end = new Date(Date.parse(run.startedAt) + run.durationMs);
  const times = Number.isNaN(end.getTime())
    ? {}
    : { startTimeUtc: run.startedAt, endTimeUtc: end.toISOString() };
  return {
    automationDetails: { id: `${input.tool.name}/${run.runId}` },
    invocations: [{ executionSuccessful: true, ...times }],
  };
}

function folderUri(root: string): string {
  const { href } = pathToFileURL(root);
  return href.endsWith("/") ? href : `${href}/`;
}

interface SarifRule {
  readonly id: string;
  readonly [property: string]: unknown;
}

function rulesOf(findings: readonly Finding[]): SarifRule[] {
  const byRule = groupBy(findings, (found) => found.ruleId);
  return [...byRule].map(([id, [first, ...rest]]) =>
    first === undefined ? { id } : ruleOf(id, [first, ...rest]),
  );
}

function ruleOf(id: string, [first, ...rest]: [Finding, ...Finding[]]): SarifRule {
  const worst =
    severities.find((severity) => [first, ...rest].some((found) => found.severity === severity)) ?? "info";
  const words = (id.split("/").at(-1) ?? id).split("-");
  const security = first.category === "security" ? { "security-severity": securitySeverity[worst] } : {};
  return {
    id,
    name: words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(""),
    shortDescription: { text: titleOf(id) },
    fullDescription: { text: first.why || id },
    help: {
      text: `${first.why}\n\n${first.remedy}`,
      markdown: `${first.why}\n\n**Remedy:** ${first.remedy}`,
    },
    defaultConfiguration: { level: levels[worst] },
    properties: { tags: [first.category], precision: "high", ...security },
  };
}

function resultOf(found: Finding, ruleIndex: ReadonlyMap<string, number>): object {
  const related = found.related.map((place, index) => ({
    id: index + 1,
    physicalLocation: locationOf(place.file, place.range),
    message: { text: place.note ?? "belongs to it" },
  }));
  return {
    ruleId: found.ruleId,
    ruleIndex: ruleIndex.get(found.ruleId) ?? -1,
    level: levels[found.severity],
    message: { text: found.message },
    locations: [{ physicalLocation: locationOf(found.file, found.range) }],
    partialFingerprints: { "agentTeamFingerprint/v1": found.fingerprint },
    ...(related.length === 0 ? {} : { relatedLocations: related }),
    ...(found.fix === undefined ? {} : { fixes: [fixOf(found, found.fix)] }),
    properties: { category: found.category, evidence: found.evidence, remedy: found.remedy },
  };
}

function fixOf(found: Finding, fix: NonNullable<Finding["fix"]>): object {
  return {
    description: { text: fix.title },
    artifactChanges: [
      {
        artifactLocation: artifactOf(found.file),
        replacements: [{ deletedRegion: regionOf(found.range), insertedContent: { text: fix.replacement } }],
      },
    ],
  };
}

function locationOf(file: string, range: Range): object {
  return { artifactLocation: artifactOf(file), region: regionOf(range) };
}

function artifactOf(file: string): object {
  return { uri: pathToUri(file), uriBaseId: "SRCROOT" };
}

/** SARIF counts as `Range` does: from 1, the end column one behind the last character. */
function regionOf(range: Range): object {
  const { startLine, startColumn, endLine, endColumn } = range;
  return { startLine, startColumn, endLine, endColumn };
}
