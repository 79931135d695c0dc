import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AnalysisEngine, defaultLimits } from "../../../../agent-host/analysis/engine.ts";
import { examineFile } from "../../../../agent-host/analysis/examine-file.ts";
import { loadAnalyzers } from "../../../../agent-host/analysis/languages.ts";
import { allFindings, type CodeAnalysis } from "../../../../agent-host/protocol/analysis.ts";

export type Files = Readonly<Record<string, string>>;

/** Analyses an inline workspace with the real engine on this thread. */
export async function analyzeFiles(
  files: Files,
  changes: Readonly<Record<string, number>> = {},
): Promise<CodeAnalysis> {
  return await withWorkspace(
    files,
    async (root) => await (await createEngine(root, changes)).analyze(() => {}, never),
  );
}

/** The findings of one rule (or all whose id starts so) as `file:line message`. */
export async function findingsOf(rule: string, files: Files): Promise<string[]> {
  const analysis = await analyzeFiles(files);
  return allFindings(analysis)
    .filter(({ ruleId }) => ruleId.startsWith(rule))
    .map(({ file, range, message }) => `${file}:${range.startLine} ${message}`)
    .sort();
}

export async function createEngine(
  root: string,
  changes: Readonly<Record<string, number>> = {},
): Promise<AnalysisEngine> {
  const analyzers = await loadAnalyzers(["a.ts", "a.js", "a.py", "package.json"]);
  return new AnalysisEngine({
    root,
    limits: defaultLimits,
    paths: [],
    changes: async () => new Map(Object.entries(changes)),
    monotonicMs: () => 0,
    examineAll: async (paths, take) =>
      take(paths.map((path) => examineFile(root, path, { analyzers, limits: defaultLimits }))),
  });
}

export async function withWorkspace<T>(files: Files, act: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "agent-team-unit-"));
  try {
    writeFiles(root, files);
    return await act(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function writeFiles(root: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const never = new AbortController().signal;
