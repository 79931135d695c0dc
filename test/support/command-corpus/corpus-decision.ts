import { compileFoldedGlobs, compileGlobs } from "../../../agent-host/rules/scope.ts";
import { parseCommandLine } from "../../../agent-host/security/access/parse-command-line.ts";
import type { AccessDecision, AccessRules } from "../../../agent-host/security/access-decision.ts";
import { accessDecider } from "../../../agent-host/security/decide-access.ts";
import { ShellParser } from "../../../agent-host/security/shell/shell-parser.ts";

/** Rules under which the corpus is decided: the most generous there are, in a sandbox. */
export const corpusRules: AccessRules = {
  scope: {
    paths: ["**"],
    commands: [
      ["npm", "test"],
      ["npm", "run", "lint"],
      ["node", "--test"],
      ["make", "test"],
      ["cargo", "test"],
      ["go", "test"],
    ],
    hosts: [],
    maxFiles: 10,
    maxLines: 1_000,
  },
  taskPaths: ["src/**", "*.txt"],
  controlPlane: [".vscode/**", ".github/workflows/**"],
  assurance: "sandboxed",
  granted: [],
  isTainted: true,
};

export type DecideLine = (line: string, change?: Partial<AccessRules>) => AccessDecision;

/** Decides a line as `run_command` hands it over. */
export async function lineDecider(): Promise<DecideLine> {
  const shell = await loadedShell();
  const decide = accessDecider({ compileGlobs, compileFoldedGlobs }, shell.parse);
  return (line, change = {}) =>
    decide(
      { kind: "command", argv: parseCommandLine(line).argv, folder: "." },
      { ...corpusRules, ...change },
    );
}

/** The parser with the grammar of the installed package. */
export async function loadedShell(): Promise<ShellParser> {
  const grammar = new URL("../../../node_modules/@vscode/tree-sitter-wasm/wasm/", import.meta.url);
  const shell = new ShellParser(grammar);
  const fault = await shell.load();
  if (fault !== null) throw new TypeError(fault);
  return shell;
}
