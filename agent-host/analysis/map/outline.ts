/** One definition of a file: its line (from 1) and how it is written there. */
export interface OutlineSymbol {
  readonly line: number;
  readonly text: string;
}

/** One file as a map shows it. `imports`: places in the outline of the files it loads. */
export interface OutlineFile {
  readonly path: string;
  readonly bytes: number;
  readonly lines: number;
  readonly symbols: readonly OutlineSymbol[];
  readonly imports: readonly number[];
}

/** What a map of a repository is made of: plain data, without the text of the files. */
export interface RepositoryOutline {
  /** Sorted by path. */
  readonly files: readonly OutlineFile[];
  /** Files beyond the bound. */
  readonly left: number;
}

export const maxOutlineFiles = 20_000;
/** Most definitions that are kept of one file, and of all. */
export const maxFileSymbols = 40;
export const maxOutlineSymbols = 100_000;
export const maxSymbolCharacters = 140;
