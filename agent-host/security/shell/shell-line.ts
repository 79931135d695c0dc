/** One simple command of a shell's line, all of it literal. */
export interface ShellCommand {
  readonly argv: readonly string[];
  /** Places in `argv` that the shell replaces by names of files that fit. */
  readonly globs: ReadonlySet<number>;
  readonly assignments: readonly ShellAssignment[];
  readonly redirections: readonly ShellRedirection[];
  /** Folders it may run in, relative to where the line starts, as `cd` names them; `.` is where it starts. */
  readonly folders: readonly string[];
}

export interface ShellAssignment {
  readonly name: string;
  readonly value: string;
}

/** `hereDocument` is text that stands in the line itself, taken as it is. */
export type ShellRedirection =
  | { readonly kind: "read" | "write"; readonly target: string }
  | { readonly kind: "duplicate" | "hereDocument" };

/** What a shell's line consists of; undecidable: a shell would do more than start these commands. */
export type ShellLine =
  | { readonly kind: "commands"; readonly commands: readonly ShellCommand[] }
  | { readonly kind: "undecidable"; readonly reason: string };

/** Reads a line as `sh -c` and `bash -c` would both understand it. Pure, never throws. */
export type ParseShell = (text: string) => ShellLine;

export function undecidable(reason: string): ShellLine {
  return { kind: "undecidable", reason };
}
