import type { CodeAnalysis } from "../protocol/analysis.ts";
import type { Finding } from "../protocol/finding.ts";
import { deriveAnalysis } from "./derive.ts";
import { DuplicateSearch } from "./duplicates/duplicate-findings.ts";
import type { Examination } from "./examine-file.ts";
import { FactStore } from "./fact-store.ts";
import type { FileFacts } from "./file-facts.ts";
import { comparePaths, type WalkResult, walk } from "./files/walk.ts";
import { checkLockfiles } from "./manifests/check-lockfiles.ts";
import { isManifest } from "./manifests/manifest-analyzer.ts";
import { ModuleGraph } from "./structure/module-graph.ts";
import { isBelow } from "./structure/paths.ts";
import { ProjectFiles } from "./structure/project-files.ts";

export type AnalysisStage = "listing" | "reading" | "relating";

/** What an analysis says while it runs. Findings told early are in the result again, with the same fingerprint. */
export type AnalysisEvent =
  | {
      readonly kind: "progress";
      readonly stage: AnalysisStage;
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: "findings"; readonly findings: readonly Finding[] };

export interface AnalysisLimits {
  /** Files beyond this number are not looked at. */
  readonly maxFiles: number;
  readonly maxFileBytes: number;
}

export const defaultLimits: AnalysisLimits = { maxFiles: 200_000, maxFileBytes: 2 * 1_048_576 };

/** Examines files in any order, on any number of threads; resolves when `take` has had them all. */
export type ExamineAll = (
  paths: readonly string[],
  take: (examinations: readonly Examination[]) => void,
  signal: AbortSignal,
) => Promise<void>;

export interface EngineOptions {
  /** Absolute path of the folder. */
  readonly root: string;
  readonly limits: AnalysisLimits;
  readonly examineAll: ExamineAll;
  /** Files and folders to report on; empty for all. */
  readonly paths: readonly string[];
  /** Commits by file. Awaited only when everything else is done. */
  readonly changes: () => Promise<ReadonlyMap<string, number>>;
  readonly monotonicMs: () => number;
}

/**
 * Analyses one workspace and keeps what it learnt, so that `update` after an edit re-reads the edited files only.
 * Not for concurrent calls: the caller waits for one before it asks for the next.
 */
export class AnalysisEngine {
  private readonly options: EngineOptions;
  private store = new FactStore();
  private listing: WalkResult = { files: [], skipped: [], isIgnored: () => false };
  private graph: ModuleGraph | undefined;
  private lockFiles: readonly Finding[] = [];
  private readonly duplicates = new DuplicateSearch();

  constructor(options: EngineOptions) {
    this.options = options;
  }

  /** @throws HostError `analysis.unreadableRoot` when the root cannot be listed. */
  async analyze(emit: (event: AnalysisEvent) => void, signal: AbortSignal): Promise<CodeAnalysis> {
    const startedMs = this.options.monotonicMs();
    const { root, limits } = this.options;
    emit({ kind: "progress", stage: "listing", done: 0, total: 0 });
    this.listing = walk(root, limits.maxFiles);
    signal.throwIfAborted();
    this.store = new FactStore();
    this.graph = undefined;
    await this.examine(this.listing.files, emit, signal);
    return await this.derive(startedMs, emit, signal);
  }

  /**
   * Takes in edits, new and deleted files. Changes to ignore files need a new `analyze`.
   *
   * @param changedPaths relative to the root, with `/`
   */
  async update(
    changedPaths: readonly string[],
    emit: (event: AnalysisEvent) => void,
    signal: AbortSignal,
  ): Promise<CodeAnalysis> {
    const startedMs = this.options.monotonicMs();
    const wanted = changedPaths.filter((path) => !this.listing.isIgnored(path));
    const known = wanted.filter((path) => this.store.has(path));
    await this.examine(wanted, emit, signal);
    for (const { file, reason } of this.store.skipped()) {
      if (reason.includes("ENOENT")) this.store.delete(file);
    }
    const isSameSet = wanted.length === known.length && known.every((path) => this.store.has(path));
    if (!isSameSet || wanted.some(shapesResolution)) this.graph = undefined;
    return await this.derive(startedMs, emit, signal);
  }

  private async examine(
    paths: readonly string[],
    emit: (event: AnalysisEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let done = 0;
    const total = paths.length;
    emit({ kind: "progress", stage: "reading", done, total });
    const take = (examinations: readonly Examination[]): void => {
      const findings: Finding[] = [];
      for (const examination of examinations) {
        this.store.set(examination);
        if (examination.kind === "facts") findings.push(...examination.facts.findings.filter(this.wants));
      }
      done += examinations.length;
      if (findings.length > 0) emit({ kind: "findings", findings });
      emit({ kind: "progress", stage: "reading", done, total });
    };
    await this.options.examineAll(paths, take, signal);
    signal.throwIfAborted();
  }

  private async derive(
    startedMs: number,
    emit: (event: AnalysisEvent) => void,
    signal: AbortSignal,
  ): Promise<CodeAnalysis> {
    emit({ kind: "progress", stage: "relating", done: 0, total: 1 });
    const changes = await this.options.changes();
    signal.throwIfAborted();
    if (this.graph === undefined) {
      const files = new ProjectFiles(this.options.root, this.store.paths(), this.listing.isIgnored);
      this.graph = new ModuleGraph(files);
      this.lockFiles = findLockFileProblems(files, this.store.all());
    }
    const analysis = deriveAnalysis({
      store: this.store,
      graph: this.graph,
      duplicates: this.duplicates,
      lockFileFindings: this.lockFiles,
      changes,
      walkSkipped: this.listing.skipped,
      durationMs: () => this.options.monotonicMs() - startedMs,
      wants: (path) => this.wantsPath(path),
    });
    emit({ kind: "progress", stage: "relating", done: 1, total: 1 });
    return analysis;
  }

  private readonly wants = (finding: Finding): boolean => this.wantsPath(finding.file);

  private wantsPath(path: string): boolean {
    const { paths } = this.options;
    return paths.length === 0 || paths.some((wanted) => isBelow(path, wanted === "." ? "" : wanted));
  }
}

function findLockFileProblems(files: ProjectFiles, facts: readonly FileFacts[]): Finding[] {
  const manifests = facts
    .filter(({ language }) => language === "manifest")
    .map(({ path, language, bytes }) => ({ path, language, bytes, text: files.readText(path) ?? "" }));
  return checkLockfiles(manifests, [...files.paths].sort(comparePaths));
}

/** Files whose text decides where imports lead, or what else is derived only once. */
function shapesResolution(path: string): boolean {
  return (
    isManifest(path) ||
    /(?:^|\/)(?:package\.json|pnpm-workspace\.yaml|(?:ts|js)config[^/]*\.json|__init__\.py)$/.test(path)
  );
}
