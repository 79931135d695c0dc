import type { AnalysisMetrics } from "../../protocol/analysis.ts";
import type { FileFacts } from "../file-facts.ts";
import { comparePaths, type SkippedFile } from "../files/walk.ts";

const maxSkippedShown = 200;

type Counted = Pick<
  AnalysisMetrics,
  "files" | "lines" | "bytes" | "byLanguage" | "functions" | "maxComplexity" | "medianComplexity" | "imports"
>;

/** The plain counts of a workspace. */
export function countFiles(facts: readonly FileFacts[]): Counted {
  const languages = new Map<string, { files: number; lines: number }>();
  const complexities: number[] = [];
  let lines = 0;
  let bytes = 0;
  let imports = 0;
  for (const item of facts) {
    const entry = languages.get(item.language) ?? { files: 0, lines: 0 };
    entry.files += 1;
    entry.lines += item.lines;
    languages.set(item.language, entry);
    lines += item.lines;
    bytes += item.bytes;
    imports += item.imports.length;
    for (const { complexity } of item.functions) complexities.push(complexity);
  }
  return {
    files: facts.length,
    lines,
    bytes,
    byLanguage: [...languages]
      .map(([language, counts]) => ({ language, ...counts }))
      .sort((a, b) => b.lines - a.lines || comparePaths(a.language, b.language)),
    functions: complexities.length,
    ...spread(complexities),
    imports,
  };
}

function spread(complexities: readonly number[]): { maxComplexity: number; medianComplexity: number } {
  const sorted = Uint32Array.from(complexities).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
  return { maxComplexity: sorted[sorted.length - 1] ?? 0, medianComplexity: median };
}

/** The files left out, those that people would want to know about first. */
export function skippedForReport(
  skipped: readonly SkippedFile[],
): Pick<AnalysisMetrics, "skipped" | "skippedCount"> {
  const shown = [...skipped].sort((a, b) => interest(a) - interest(b) || comparePaths(a.file, b.file));
  return { skipped: shown.slice(0, maxSkippedShown), skippedCount: skipped.length };
}

function interest({ file, reason }: SkippedFile): number {
  if (reason.startsWith("cannot") || reason.includes("limit")) return 0;
  if (reason === "binary") return /\.(?:[mc]?[jt]sx?|py)$/.test(file) ? 1 : 3;
  return 2;
}
