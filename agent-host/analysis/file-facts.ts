import type { Finding, Range } from "../protocol/finding.ts";

export type Language = "typescript" | "javascript" | "python" | "manifest" | "text";

/** A text file of the workspace. `path` is relative to the root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly language: Language;
  /** Bytes on disk. */
  readonly bytes: number;
}

/** One `import`, `export … from`, `require()` or `import()` with a literal specifier. */
export interface ImportFact {
  readonly specifier: string;
  readonly range: Range;
  /** Erased at build time (`import type`, or only type names inside). */
  readonly typeOnly: boolean;
  /** Loaded when the code is reached: `import()`, or `require()` inside a function. Never closes a load-time cycle. */
  readonly deferred: boolean;
  /** Inside `try` or otherwise allowed to fail; never reported as unresolved. */
  readonly optional: boolean;
  /** Names taken from the module; `*` for all of it; empty for side effects only. */
  readonly names: readonly string[];
  /** The names leave this file again (`export … from`). */
  readonly reExport: boolean;
  /** With `reExport`: under which name each of `names` leaves; `*` for `export *`. */
  readonly exportedAs?: readonly string[];
  /** Taken names that are read while the importing file itself is loaded (`extends`, a call at top level). */
  readonly usedAtLoad?: readonly string[];
}

/** One exported name. `name` is `default` for the default export. */
export interface ExportFact {
  readonly name: string;
  readonly range: Range;
  readonly kind: "value" | "type";
  /** Also used inside its own file. */
  readonly usedLocally: boolean;
  /** A function declaration: usable before its file has run. */
  readonly hoisted?: boolean;
}

/** One function with its cyclomatic complexity (McCabe 1976). */
export interface FunctionFact {
  readonly name: string;
  readonly range: Range;
  readonly complexity: number;
  readonly parameters: number;
  readonly lines: number;
  readonly maxNesting: number;
  /** Nearly all branches are flat `case` clauses: long, but read like a table. */
  readonly tableLike?: boolean;
}

/**
 * What the file is beside its language: `ambient` declares globals · `decorated` exports decorated classes, which
 * frameworks find by scanning · `executable` starts with `#!` · `commonjs` exports by assignment, so its names are not
 * known · `generated` was not written by people.
 */
export type FileTrait = "ambient" | "decorated" | "executable" | "commonjs" | "generated";

/**
 * What one file says by itself, with no other file known. Plain data: crosses thread borders and can be cached
 * by the file's content. Everything about the whole (graph, cycles, unused, duplicates) is derived from these.
 */
export interface FileFacts {
  readonly path: string;
  readonly language: Language;
  readonly lines: number;
  readonly bytes: number;
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
  readonly functions: readonly FunctionFact[];
  /** Findings that need no other file. */
  readonly findings: readonly Finding[];
  /** Input of the duplicate search; empty where the language has none. See `duplicates.ts`. */
  readonly duplicateTokens?: DuplicateTokens;
  readonly traits?: readonly FileTrait[];
  /** String literals that look like paths or globs of source files: whatever they name may be loaded by them. */
  readonly references?: readonly string[];
  /** Every string of a configuration file; aliases of bundlers and test runners are among them. */
  readonly configStrings?: readonly string[];
  /** The parser gave up or recovered from errors here; structure may be incomplete. */
  readonly parseProblem?: string;
}

/**
 * A file's normalised token hashes and the 1-based line each starts on. Hash 0 is a border: no copy reaches across it
 * (imports, type declarations, data tables).
 */
export interface DuplicateTokens {
  readonly hashes: Uint32Array;
  readonly lines: Uint32Array;
}

/** Turns one file of its languages into facts. Must survive any text; throws only for a defect of its own. */
export interface LanguageAnalyzer {
  readonly languages: readonly Language[];
  analyze(file: SourceFile): FileFacts;
}
