import type { Finding } from "../../protocol/finding.ts";
import { documentFinding, unknownCommandRule } from "./document-finding.ts";
import type { Outline } from "./markdown-outline.ts";
import type { WorkspaceCommands } from "./workspace-commands.ts";

const shells = new Set([
  "",
  "sh",
  "bash",
  "shell",
  "zsh",
  "console",
  "terminal",
  "shell-session",
  "shellscript",
]);
const maxPerDocument = 20;

/**
 * `npm run x`, `make x` and the like in code blocks, where no manifest of the whole workspace knows `x`. That one
 * anywhere else does is enough: documents often say in words which folder to be in.
 */
export function checkCommands(file: string, outline: Outline, commands: WorkspaceCommands): Finding[] {
  const found = new Map<string, Finding>();
  const ownScripts = scriptsShownIn(outline);
  for (const line of outline.lines) {
    if (line.fence === undefined || !shells.has(line.fence)) continue;
    for (const command of commandsIn(line.text)) {
      if (found.has(command.text) || ownScripts.has(command.name) || isKnown(file, command, commands))
        continue;
      if (found.size >= maxPerDocument) return [...found.values()];
      const where = command.tool === "make" ? "no Makefile" : "no package.json";
      const problem = { file, line: line.number, column: command.at + 1, evidence: command.text };
      found.set(
        command.text,
        documentFinding(unknownCommandRule, { ...problem, message: `${where} has ${command.name}` }),
      );
    }
  }
  return [...found.values()];
}

interface Command {
  readonly tool: "script" | "make";
  readonly name: string;
  readonly text: string;
  readonly at: number;
}

// Without `run` these tools also start programs of packages, so only names that are scripts nearly everywhere count.
const usualScripts =
  /^(?:build|test|lint|dev|start|format|typecheck|type-check|check|docs|coverage|e2e|storybook|serve|watch|clean)(?::[\w:.-]+)?$/;
const scriptCommand =
  /(?:^|[;&|(]|\$)\s*(npm|yarn|pnpm|bun)\s+(run(?:-script)?\s+)?([\w:.-]+)(?=\s|$|[;&|)])/g;
const makeCommand = /(?:^|[;&|(]|\$)\s*make\s+([\w.-]+)\s*(?=$|[;&|)#])/g;

function commandsIn(line: string): Command[] {
  if (line.trimStart().startsWith("#") || line.length > 500) return [];
  const commands: Command[] = [];
  for (const match of line.matchAll(scriptCommand)) {
    const [whole, tool = "", run, name = ""] = match;
    const counts =
      run !== undefined || (tool === "npm" ? name === "test" : tool !== "bun" && usualScripts.test(name));
    if (!counts || name.startsWith("-")) continue;
    const text = whole.replace(/^[;&|($\s]+/, "");
    commands.push({ tool: "script", name, text, at: match.index + whole.length - text.length });
  }
  for (const match of line.matchAll(makeCommand)) {
    const [whole, name = ""] = match;
    const text = whole.replace(/^[;&|($\s]+/, "").trimEnd();
    if (!name.startsWith("-"))
      commands.push({ tool: "make", name, text, at: line.indexOf(text, match.index) });
  }
  return commands;
}

function isKnown(file: string, command: Command, commands: WorkspaceCommands): boolean {
  const manifests = command.tool === "make" ? commands.targets : commands.scripts;
  // Without a manifest here or above, the document is about another project.
  if (!isCovered(file, [...manifests.keys()])) return true;
  return [...manifests.values()].some((names) => names === undefined || names.has(command.name));
}

function isCovered(file: string, manifests: readonly string[]): boolean {
  return manifests.some((path) => file.startsWith(path.slice(0, path.lastIndexOf("/") + 1)));
}

/** Scripts the document itself tells the reader to add. */
function scriptsShownIn(outline: Outline): Set<string> {
  const names = new Set<string>();
  for (const line of outline.lines) {
    if (line.fence === undefined || shells.has(line.fence)) continue;
    for (const match of line.text.matchAll(/"([\w:.-]+)"\s*:\s*"/g)) names.add(match[1] ?? "");
  }
  return names;
}
