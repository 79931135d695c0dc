/** What a patch does to one file, whichever format it came in. */
export interface FilePatch {
  readonly kind: "add" | "delete" | "update";
  /** As the patch has it. */
  readonly path: string;
  /** Where the file goes; null: it stays. */
  readonly newPath: string | null;
  readonly hunks: readonly Hunk[];
  /** A new file may be executed. */
  readonly isExecutable: boolean;
}

export interface Hunk {
  /** Line of the old file it begins with, from 1, as the patch says; null where it does not say. */
  readonly startLine: number | null;
  /** Lines that stand, in this order, somewhere before it. */
  readonly headings: readonly string[];
  readonly lines: readonly HunkLine[];
  /** It is the end of the file. */
  readonly isAtEnd: boolean;
}

export interface HunkLine {
  readonly kind: "keep" | "remove" | "add";
  readonly text: string;
  /** The file ends with it, without a line end. */
  readonly hasNoEnd: boolean;
}

export type ParsedPatch =
  | { readonly kind: "patch"; readonly files: readonly FilePatch[] }
  | { readonly kind: "fault"; readonly reason: string };

export function oldLinesOf({ lines }: Hunk): string[] {
  return lines.filter(({ kind }) => kind !== "add").map(({ text }) => text);
}

export function newLinesOf({ lines }: Hunk): string[] {
  return lines.filter(({ kind }) => kind !== "remove").map(({ text }) => text);
}

/** Line of a hunk's body; null where it is none. */
export function hunkLineOf(line: string): HunkLine | null {
  // Whoever trims the ends of lines takes the one space of an empty line.
  if (line === "") return { kind: "keep", text: "", hasNoEnd: false };
  const kind = kinds[line.charAt(0)];
  return kind === undefined ? null : { kind, text: line.slice(1), hasNoEnd: false };
}

const kinds: Readonly<Record<string, HunkLine["kind"]>> = { " ": "keep", "-": "remove", "+": "add" };

/** The numbers in `@@ -12,3 +12,4 @@`; null where the line has none. */
export function numbersOf(line: string): { start: number; old: number; new: number } | null {
  const match = /^@@+ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@/.exec(line);
  if (match === null) return null;
  return { start: Number(match[1]), old: Number(match[2] ?? 1), new: Number(match[3] ?? 1) };
}
