import type { AnalysisMetrics, CodeAnalysis } from "../protocol/analysis.ts";
import type { Finding } from "../protocol/finding.ts";
import type { DuplicateSearch } from "./duplicates/duplicate-findings.ts";
import type { FactStore } from "./fact-store.ts";
import type { FileFacts, FileTrait } from "./file-facts.ts";
import type { SkippedFile } from "./files/walk.ts";
import { findComplexFunctions } from "./measures/complexity-findings.ts";
import { folderGraph } from "./measures/folder-graph.ts";
import { findHotSpots, rankHotSpots } from "./measures/hot-spots.ts";
import { countFiles, skippedForReport } from "./measures/metrics.ts";
import { recommend, suggest } from "./measures/recommendations.ts";
import { rankFindings } from "./rank.ts";
import { importCycle } from "./rules/structure-rules.ts";
import { withUniqueFingerprints } from "./rules/unique-fingerprints.ts";
import { findCycles } from "./structure/cycle-findings.ts";
import { findImportProblems } from "./structure/import-findings.ts";
import type { ModuleGraph } from "./structure/module-graph.ts";
import { findSyntaxErrors } from "./structure/syntax-findings.ts";
import { findUnused } from "./structure/usage-findings.ts";

export interface DeriveInput {
  readonly store: FactStore;
  readonly graph: ModuleGraph;
  readonly duplicates: DuplicateSearch;
  readonly lockFileFindings: readonly Finding[];
  /** Commits that touched a file in the last year; empty when there is no history. */
  readonly changes: ReadonlyMap<string, number>;
  readonly walkSkipped: readonly SkippedFile[];
  readonly durationMs: () => number;
  /** Reports only these files and folders; everything counts for the structure. */
  readonly wants: (path: string) => boolean;
}

/** Everything that needs more than one file, and the summary. */
export function deriveAnalysis(input: DeriveInput): CodeAnalysis {
  const facts = input.store.all();
  const judged = facts.filter((item) => !hasTrait(item, "generated"));
  const usage = findUnused(facts, input.graph);
  const duplicates = input.duplicates.find(judged);
  const hotSpots = rankHotSpots(judged, input.changes);
  const found: Finding[] = [
    ...facts.flatMap((item) => item.findings),
    ...findCycles(judged, input.graph),
    ...findImportProblems(judged, input.graph),
    ...findSyntaxErrors(judged),
    ...usage.findings,
    ...findComplexFunctions(judged),
    ...findHotSpots(hotSpots),
    ...duplicates.findings,
    ...input.lockFileFindings,
  ];
  const wanted = found.filter((item) => input.wants(item.file));
  const findings = rankFindings(withUniqueFingerprints(wanted));
  const metrics: AnalysisMetrics = {
    ...countFiles(facts),
    cycles: found.filter((item) => item.ruleId === importCycle.id).length,
    duplicatedLines: duplicates.duplicatedLines,
    hotSpots,
    folderGraph: folderGraph(judged, input.graph),
    ...skippedForReport([...input.store.skipped(), ...input.walkSkipped]),
    durationMs: input.durationMs(),
  };
  const advice = { findings, metrics, doubtfulPackages: usage.doubtfulPackages };
  return {
    findings: findings.filter((item) => item.category !== "security"),
    securityIssues: findings.filter((item) => item.category === "security"),
    suggestions: suggest(advice),
    metrics,
    recommendations: recommend(advice),
  };
}

function hasTrait(facts: FileFacts, trait: FileTrait): boolean {
  return facts.traits?.includes(trait) === true;
}
