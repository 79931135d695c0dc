import { allFindings, type CodeAnalysis, type ResearchResult } from "../../protocol/analysis.ts";
import type { ChangedFile } from "../../protocol/change-set.ts";
import { countBySeverity, type Finding, type Severity, type SeverityCounts } from "../../protocol/finding.ts";
import type { Phase, Profile } from "../../protocol/phase.ts";
import type { Assurance, Provider } from "../../protocol/run.ts";
import type { Usage } from "../../protocol/task.ts";
import { rankFindings } from "../rank.ts";

/** What every report is made from. Reports are pure: the same input gives the same bytes. */
export interface ReportInput {
  readonly goal?: string;
  readonly analysis: CodeAnalysis;
  readonly research?: ResearchResult | null;
  readonly run?: ReportRun;
  readonly tool: { readonly name: string; readonly version: string };
  /** Absolute path of the workspace. Only SARIF and JSON name it. */
  readonly root: string;
}

/** The run that a report belongs to; an `analyze` without a run has none. */
export interface ReportRun {
  readonly runId: string;
  readonly profile: Profile;
  readonly provider: Provider;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly phases: readonly { readonly phase: Phase; readonly decision: string; readonly ms?: number }[];
  readonly tasks: readonly {
    readonly title: string;
    readonly agentType: string;
    readonly status: string;
    readonly ms: number;
  }[];
  /** null for a run that works without a model: it changes nothing. */
  readonly change?: ReportChange | null;
}

/** What a run changed, and on what grounds it was let through. */
export interface ReportChange {
  readonly files: readonly ChangedFile[];
  readonly isApplied: boolean;
  readonly assurance: Assurance | null;
  readonly usage: Usage;
  readonly gates: readonly {
    readonly phase: Phase;
    readonly decision: string;
    /** Key of the person who decided; null for the program. */
    readonly by: string | null;
    readonly treeHash: string | null;
  }[];
}

export const severities: readonly Severity[] = ["error", "warning", "info"];

/** All findings, those of the documents included, in the order of `rankFindings`: the one order of all reports. */
export function sortedFindings(input: ReportInput): Finding[] {
  return rankFindings([...allFindings(input.analysis), ...(input.research?.findings ?? [])]);
}

export function countFindings(input: ReportInput): SeverityCounts {
  return countBySeverity(sortedFindings(input));
}

/** True if no model took part, so that a report can say so. */
export function isWithoutModel(input: ReportInput): boolean {
  return input.run === undefined || input.run.provider === "offline";
}

/** `3 errors, 1 warning, no notes`. */
export function countsInWords(counts: SeverityCounts): string {
  return [plural(counts.error, "error"), plural(counts.warning, "warning"), plural(counts.info, "note")].join(
    ", ",
  );
}

export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count === 0 ? "no" : formatNumber(count)} ${count === 1 ? noun : many}`;
}

/** With a comma between thousands, whatever the machine's language is. */
export function formatNumber(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** Items by key, keys in order of first appearance. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
