import { hasHidden } from "../../protocol/visible.ts";
import type { Access } from "../../tools/tool.ts";
import type { AccessDecision, AccessRules } from "../access-decision.ts";
import type { ParseShell, ShellCommand, ShellLine } from "../shell/shell-line.ts";
import { type CommandRisk, callsOurselves, riskOf } from "./command-risk.ts";
import { namesGuarded } from "./names-guarded.ts";
import { pathProblem } from "./path-form.ts";
import { isGranted, patternOf } from "./pattern.ts";
import { coverageOf } from "./simple-command.ts";

export type CommandAccess = Extract<Access, { kind: "command" }>;

export interface CommandMatchers {
  /** Tells whether a path is one that guards the rest. */
  isGuarded(path: string): boolean;
  /** Whether the task may write there without a question. */
  mayWrite(path: string): boolean;
  readonly parseShell: ParseShell;
}

const maxArguments = 1_000;
const maxArgumentsLength = 100_000;

/**
 * Commands: allowed as known readers, by the scope, or by a grant; all else is asked. What a person fixed before the
 * run counts also for a task that has read what others wrote, as long as a sandbox stands around it.
 */
export function decideCommand(
  access: CommandAccess,
  rules: AccessRules,
  matchers: CommandMatchers,
): AccessDecision {
  const { argv, folder } = access;
  const problem = formProblem(access);
  if (problem !== null) return { kind: "deny", rule: "command.form", reason: problem };
  if (argv.some(hasHidden)) return askPerson("command.hidden", "It has characters that cannot be seen");
  const line = lineOf(argv, matchers.parseShell);
  const coverage =
    line.kind === "commands" ? coverageOfLine(line.commands, access, { rules, matchers }) : "none";
  if (coverage === "reads") {
    return { kind: "allow", rule: "command.readOnly", reason: "It only reads, and only here" };
  }
  if (callsOurselves(argv)) {
    return askPerson("command.self", "It may call the program that decides over commands");
  }
  if (namesGuarded(argv, line, { folder, isGuarded: matchers.isGuarded })) {
    return askPerson("command.controlPlane", "It names a file that guards the rest");
  }
  if (coverage === "covered") return allowCovered(rules);
  if (isGranted(access, rules.granted)) {
    return { kind: "allow", rule: "granted", reason: "A person allowed exactly this" };
  }
  return {
    kind: "ask",
    ...risk(argv, line, rules),
    needsPerson: false,
    inScope: false,
    pattern: patternOf(access),
  };
}

function allowCovered({ assurance, isTainted }: AccessRules): AccessDecision {
  if (assurance === "sandboxed" || !isTainted) {
    return { kind: "allow", rule: "scope.commands", reason: "The scope allows this command" };
  }
  const reason = "The scope allows it, but the task has read what others wrote, and nothing keeps it apart";
  const asked = { kind: "ask", rule: "command.tainted", reason, risk: "high", needsPerson: false } as const;
  return { ...asked, inScope: true, pattern: null };
}

/** A wider grant would not say what the next call does to the same file. */
function askPerson(rule: string, reason: string): AccessDecision {
  return { kind: "ask", rule, reason, risk: "high", needsPerson: true, inScope: false, pattern: null };
}

function formProblem({ argv, folder }: CommandAccess): string | null {
  if (argv.length === 0 || argv[0] === "") return "There is no command";
  if (argv.length > maxArguments) return `It has more than ${maxArguments} arguments`;
  if (argv.reduce((sum, each) => sum + each.length, 0) > maxArgumentsLength) return "It is too long";
  if (argv.some((argument) => argument.includes("\0"))) return "An argument has a zero byte";
  if (folder === "" || folder === ".") return null;
  const problem = pathProblem(folder);
  return problem === null ? null : `The folder is not one of the tree: ${problem}`;
}

/** A line for a shell by what is in it; every other command stands for itself. */
function lineOf(argv: readonly string[], parseShell: ParseShell): ShellLine {
  const [program, option, text] = argv;
  if (
    argv.length === 3 &&
    (program === "sh" || program === "bash") &&
    option === "-c" &&
    text !== undefined
  ) {
    return parseShell(text);
  }
  const plain = { argv, globs: new Set<number>(), assignments: [], redirections: [], folders: ["."] };
  return { kind: "commands", commands: [plain] };
}

/** Only what holds for every command of a line holds for the line. */
function coverageOfLine(
  commands: readonly ShellCommand[],
  { argv, folder }: CommandAccess,
  { rules, matchers }: { rules: AccessRules; matchers: CommandMatchers },
): "reads" | "covered" | "none" {
  const isPlain = commands.length === 1 && commands[0]?.argv === argv;
  const given = { folder, rules, mayWrite: (path: string) => matchers.mayWrite(path), isPlain };
  let all: "reads" | "covered" = "reads";
  for (const command of commands) {
    const coverage = coverageOf(command, given);
    if (coverage === "none") return "none";
    if (coverage === "covered") all = "covered";
  }
  return all;
}

const risks = ["low", "medium", "high"] as const;

/** The gravest of its commands; a line that cannot be decided is inline code. */
function risk(argv: readonly string[], line: ShellLine, { assurance }: AccessRules): CommandRisk {
  const isSandboxed = assurance === "sandboxed";
  if (line.kind === "undecidable") {
    return { risk: "high", rule: "command.inlineCode", reason: `A shell decides what runs: ${line.reason}` };
  }
  const all = line.commands.map((command) => riskOf(command.argv, { isSandboxed }));
  const gravest = all.reduce<CommandRisk | null>(
    (worst, each) => (worst !== null && risks.indexOf(worst.risk) >= risks.indexOf(each.risk) ? worst : each),
    null,
  );
  return gravest ?? riskOf(argv, { isSandboxed });
}
