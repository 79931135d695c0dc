import type { Examination } from "./examine-file.ts";
import type { FileFacts } from "./file-facts.ts";
import { comparePaths, type SkippedFile } from "./files/walk.ts";

/** The facts of all files of a workspace, kept between runs so that an edit costs one file. */
export class FactStore {
  private readonly facts = new Map<string, FileFacts>();
  private readonly skippedFiles = new Map<string, SkippedFile>();
  private sorted: readonly FileFacts[] | undefined;

  set(examination: Examination): void {
    if (examination.kind === "skipped") {
      this.delete(examination.path);
      this.skippedFiles.set(examination.path, { file: examination.path, reason: examination.reason });
      return;
    }
    const { facts, note } = examination;
    this.delete(facts.path);
    this.facts.set(facts.path, facts);
    if (note !== undefined) {
      this.skippedFiles.set(facts.path, { file: facts.path, reason: `${note}: not judged for structure` });
    }
  }

  delete(path: string): void {
    this.facts.delete(path);
    this.skippedFiles.delete(path);
    this.sorted = undefined;
  }

  has(path: string): boolean {
    return this.facts.has(path) || this.skippedFiles.has(path);
  }

  /** Sorted by path. */
  all(): readonly FileFacts[] {
    this.sorted ??= [...this.facts.values()].sort((a, b) => comparePaths(a.path, b.path));
    return this.sorted;
  }

  /** Every listed path, read or not. */
  paths(): Set<string> {
    return new Set([...this.facts.keys(), ...this.skippedFiles.keys()]);
  }

  skipped(): readonly SkippedFile[] {
    return [...this.skippedFiles.values()];
  }
}
