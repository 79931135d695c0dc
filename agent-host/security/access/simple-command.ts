import type { AccessRules } from "../access-decision.ts";
import type { ShellCommand, ShellRedirection } from "../shell/shell-line.ts";
import { reachesOutside, unusualArgument } from "./argument-rules.ts";
import { pathProblem } from "./path-form.ts";
import { isReadOnly, readsWhateverIsAsked } from "./read-only-programs.ts";

/**
 * What a simple command needs: `reads` and no more · `covered`: it runs or writes what the scope allows · `none` of it.
 */
export type Coverage = "reads" | "covered" | "none";

export interface CoverageGiven {
  /** Where the line starts, in the tree. */
  readonly folder: string;
  readonly rules: Pick<AccessRules, "scope" | "assurance">;
  mayWrite(path: string): boolean;
  /** It is started by its arguments; no shell takes part. */
  readonly isPlain: boolean;
}

/** Variables that only change how a program words what it does, and values that name no place. */
const harmlessVariables: ReadonlySet<string> = new Set(
  (
    "CI NODE_ENV FORCE_COLOR NO_COLOR CLICOLOR COLUMNS LINES LANG LC_ALL LC_CTYPE TZ DEBUG VERBOSE LOG_LEVEL " +
    "RUST_BACKTRACE RUST_LOG CARGO_TERM_COLOR PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE TERM"
  ).split(" "),
);
const harmlessValue = /^[\w.,+@-]{0,100}$/;

export function coverageOf(command: ShellCommand, given: CoverageGiven): Coverage {
  const { argv, globs, assignments, redirections } = command;
  if (!assignments.every(({ name, value }) => harmlessVariables.has(name) && harmlessValue.test(value))) {
    return "none";
  }
  if (!hasHarmlessGlobs(argv, globs)) return "none";
  const own = ownCoverage(argv, given);
  if (own === "none") return "none";
  // What else starts may take the text for a program.
  if (own !== "reads" && redirections.some(({ kind }) => kind === "hereDocument")) return "none";
  const written = redirections.filter((each) => !isHarmless(each));
  if (written.length === 0) return own;
  return written.every((each) => mayRedirect(each, command, given)) ? "covered" : "none";
}

function ownCoverage(argv: readonly string[], { rules, isPlain }: CoverageGiven): Coverage {
  const isSandboxed = rules.assurance === "sandboxed";
  // Nothing but assignments.
  if (argv.length === 0) return "reads";
  if (isReadOnly(argv, { isSandboxed }) || (!isPlain && isHarmlessWord(argv, isSandboxed))) return "reads";
  return isInScope(argv, rules.scope.commands, isSandboxed) ? "covered" : "none";
}

/** Words of the shell's own. Outside of a sandbox a folder may be a link that leads elsewhere. */
function isHarmlessWord([word = "", ...args]: readonly string[], isSandboxed: boolean): boolean {
  if (word === "cd") return isSandboxed;
  if (word === ":" || word === "exit") return args.every((argument) => /^\d{1,3}$/.test(argument));
  return (
    word === "set" && args.every((argument) => /^-[eux]*o?$|^pipefail$/.test(argument)) && args.length > 0
  );
}

/** Leading arguments as the scope lists them, and none behind them with which the program does something else. */
function isInScope(
  argv: readonly string[],
  commands: AccessRules["scope"]["commands"],
  isSandboxed: boolean,
): boolean {
  return commands.some((prefix) => {
    if (!prefix.every((each, place) => argv[place] === each)) return false;
    if (unusualArgument(argv, prefix.length) !== null) return false;
    // In a sandbox there is nothing outside that could be changed.
    return isSandboxed || !argv.slice(prefix.length).some(reachesOutside);
  });
}

/** A file may have any name, also that of an option, or of the folder above. */
function hasHarmlessGlobs([program = "", ...args]: readonly string[], globs: ReadonlySet<number>): boolean {
  return args.every((argument, at) => {
    if (!globs.has(at + 1)) return true;
    if (argument.startsWith("-") || /(^|\/)\.[^/]*[*?[\]]/.test(argument)) return false;
    return !/^[*?[\]]/.test(argument) || readsWhateverIsAsked(program);
  });
}

function isHarmless(redirection: ShellRedirection): boolean {
  if (!("target" in redirection))
    return redirection.kind === "duplicate" || redirection.kind === "hereDocument";
  return redirection.target === "/dev/null";
}

function mayRedirect(
  redirection: ShellRedirection,
  { folders }: ShellCommand,
  { folder, rules, mayWrite }: CoverageGiven,
): boolean {
  if (!("target" in redirection)) return true;
  const { kind, target } = redirection;
  if (kind === "read") return !reachesOutside(target) && rules.assurance === "sandboxed";
  if (rules.assurance !== "sandboxed") return false;
  const name = target.replace(/^(\.\/)+/, "");
  if (pathProblem(name) !== null) return false;
  return folders.every((inner) => mayWrite([folder, inner].filter(isNamed).concat(name).join("/")));
}

function isNamed(folder: string): boolean {
  return folder !== "" && folder !== ".";
}
