import type { Finding } from "../../protocol/finding.ts";
import type { RepositoryOutline } from "../map/outline.ts";

/** A file as it was read: the process that parses opens none. */
export interface QueriedFile {
  readonly path: string;
  readonly text: string;
}

/** Where a name stands in these files. */
export interface ReferencesQuery {
  readonly kind: "references";
  readonly name: string;
  readonly files: readonly QueriedFile[];
  /** Places beyond this number are only counted. */
  readonly maxPlaces: number;
}

/**
 * `word`: it stands there as a word, in a file whose language is not understood or that cannot be parsed.
 */
export type ReferenceKind = "definition" | "import" | "use" | "word";

export interface ReferencePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly kind: ReferenceKind;
  /** The line, without blanks around it, cut where it is long. */
  readonly text: string;
}

export interface ReferencesAnswer {
  /** Definitions first, then in the order of the files. */
  readonly places: readonly ReferencePlace[];
  readonly total: number;
}

/** A page as text: Markdown where it is HTML. */
export interface PageQuery {
  readonly kind: "page";
  readonly html: string;
  /** For relative addresses. */
  readonly url: string;
}

export interface PageAnswer {
  readonly title: string;
  readonly markdown: string;
}

/** What is wrong in files of a folder, as the analysis of a code base finds it. */
export interface DiagnosticsQuery {
  /** Absolute real path. */
  readonly root: string;
  /** Files and folders below it; empty: all. */
  readonly paths: readonly string[];
}

export interface DiagnosticsAnswer {
  readonly findings: readonly Finding[];
  /** Files that were looked at. */
  readonly files: number;
}

/** Questions that need a parser, answered outside of the host's process. */
export interface AnalysisQueries {
  /** @throws HostError `analysis.crashed`, `analysis.tooSlow`, `analysis.busy`; the signal's reason. */
  references(query: ReferencesQuery, signal: AbortSignal): Promise<ReferencesAnswer>;
  /** @throws like `references`. */
  page(query: PageQuery, signal: AbortSignal): Promise<PageAnswer>;
  /** @throws like `references`. */
  diagnostics(query: DiagnosticsQuery, signal: AbortSignal): Promise<DiagnosticsAnswer>;
}

/** What maps of a folder are made of. */
export interface OutlineQuery {
  readonly kind: "outline";
  /** Absolute path. */
  readonly root: string;
}

/** What an analysis process is asked besides analyses, and what it answers. */
export type Query = ReferencesQuery | PageQuery | OutlineQuery;
export type Answer = ReferencesAnswer | PageAnswer | RepositoryOutline;
