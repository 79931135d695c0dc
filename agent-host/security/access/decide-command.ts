import type { Access } from "../../tools/tool.ts";
import type { AccessDecision, AccessRules } from "../access-decision.ts";
import { programName, reachesOutside, unusualArgument } from "./argument-rules.ts";
import { callsOurselves, riskOf } from "./command-risk.ts";
import { pathProblem } from "./path-form.ts";
import { isGranted, patternOf } from "./pattern.ts";
import { isReadOnly } from "./read-only-programs.ts";

export type CommandAccess = Extract<Access, { kind: "command" }>;

/** Tells whether a path is one that guards the rest. */
export type IsControlPlane = (path: string) => boolean;

const maxArguments = 1_000;
const maxArgumentsLength = 100_000;
/** More words than this in one command line are not looked at one by one: then it needs a person. */
const maxWords = 2_000;

/** Commands: allowed by the scope, as known readers, or by a grant; all else is asked. */
export function decideCommand(
  access: CommandAccess,
  rules: AccessRules,
  isControlPlane: IsControlPlane,
): AccessDecision {
  const { argv, folder } = access;
  const problem = commandProblem(access);
  if (problem !== null) return { kind: "deny", rule: "command.form", reason: problem };
  const isSandboxed = rules.assurance === "sandboxed";
  if (isReadOnly(argv, { isSandboxed })) {
    return { kind: "allow", rule: "command.readOnly", reason: "It only reads, and only here" };
  }
  if (callsOurselves(argv))
    return askPerson("command.self", "It may call the program that decides over commands");
  if (namesControlPlane(argv, folder, isControlPlane)) {
    return askPerson("command.controlPlane", "It names a file that guards the rest");
  }
  if (isInScope(argv, rules, isSandboxed)) {
    return { kind: "allow", rule: "scope.commands", reason: "The scope allows this command" };
  }
  if (isGranted(access, rules.granted)) {
    return { kind: "allow", rule: "granted", reason: "A person allowed exactly this" };
  }
  return { kind: "ask", ...riskOf(argv, { isSandboxed }), needsPerson: false, pattern: patternOf(access) };
}

/** A wider grant would not say what the next call does to the same file. */
function askPerson(rule: string, reason: string): AccessDecision {
  return { kind: "ask", rule, reason, risk: "high", needsPerson: true, pattern: null };
}

function commandProblem({ argv, folder }: CommandAccess): string | null {
  if (argv.length === 0 || argv[0] === "") return "There is no command";
  if (argv.length > maxArguments) return `It has more than ${maxArguments} arguments`;
  if (argv.reduce((sum, each) => sum + each.length, 0) > maxArgumentsLength) return "It is too long";
  if (argv.some((argument) => argument.includes("\0"))) return "An argument has a zero byte";
  if (folder === "" || folder === ".") return null;
  const problem = pathProblem(folder);
  return problem === null ? null : `The folder is not one of the tree: ${problem}`;
}

/** Leading arguments as the scope lists them, and none behind them with which the program does something else. */
function isInScope(argv: readonly string[], { scope }: AccessRules, isSandboxed: boolean): boolean {
  return scope.commands.some((prefix) => {
    if (!prefix.every((each, place) => argv[place] === each)) return false;
    if (unusualArgument(argv, prefix.length) !== null) return false;
    // In a sandbox there is nothing outside that could be changed.
    return isSandboxed || !argv.slice(prefix.length).some(reachesOutside);
  });
}

function namesControlPlane(argv: readonly string[], folder: string, isControlPlane: IsControlPlane): boolean {
  const base = folder === "" || folder === "." ? "" : `${folder}/`;
  const words = argv.flatMap((argument) => argument.split(/[\s'"`=:;,<>|&(){}[\]$]+/));
  if (words.length > maxWords) return true;
  const isGit = programName(argv[0] ?? "") === "git";
  return words.some((word) => {
    // `HEAD~1` looks like the short form of a name.
    if (word === "" || (isGit && /^[^/]*~\d*$/.test(word))) return false;
    const path = normal(base + word);
    return path !== "" && isControlPlane(path);
  });
}

/** Without what stands for a folder itself or the one above, and without doubled separators. */
function normal(path: string): string {
  const names: string[] = [];
  for (const name of path.split(/[/\\]/)) {
    if (name === "..") names.pop();
    // `...` is Go's word for all packages.
    else if (!/^\.*$/.test(name)) names.push(name);
  }
  return names.join("/");
}
