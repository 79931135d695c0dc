import type { Node, Tree } from "@vscode/tree-sitter-wasm";
import { hasHidden } from "../../protocol/visible.ts";
import { takeHereDocument } from "./here-document.ts";
import { isCovered, readCommand, readRedirections } from "./read-shell-command.ts";
import { type ShellCommand, type ShellLine, undecidable } from "./shell-line.ts";

/** Longer lines are never decidable: nobody reads them. */
const maxLength = 8_192;
const maxCommands = 20;
const maxFolders = 8;
const maxDepth = 100;

/** Parts that only hold commands, and what may stand between those. */
const holders: Readonly<Record<string, ReadonlySet<string>>> = {
  program: new Set([";"]),
  list: new Set(["&&", "||"]),
  pipeline: new Set(["|"]),
  subshell: new Set(["(", ")", ";"]),
  negated_command: new Set(["!"]),
};

const simple: ReadonlySet<string> = new Set(["command", "redirected_statement", "variable_assignment"]);

/**
 * The commands of a shell's line. The grammar tells how the line is built; what each word says is read here again, and
 * where the two do not agree, or anything is left over between them, the line is undecidable. So is whatever `sh` and
 * `bash` take for different things.
 */
export function readShellText(text: string, parse: (source: string) => Tree | null): ShellLine {
  if (text.length > maxLength) return undecidable(`It has more than ${maxLength} characters`);
  if (/[\f\r\0]|(?! )\p{Zs}|\p{Cf}/u.test(text) || hasHidden(text)) {
    return undecidable("It has characters that cannot be seen");
  }
  const taken = takeHereDocument(text);
  if (taken === null) return undecidable("It has a here-document");
  const tree = parse(taken.text);
  if (tree === null) return undecidable("It cannot be parsed");
  try {
    if (tree.rootNode.text.trim() !== taken.text.trim()) return undecidable("It cannot be parsed");
    return readTree(tree.rootNode, taken.marker);
  } finally {
    tree.delete();
  }
}

function readTree(root: Node, marker: string | null): ShellLine {
  if (root.hasError) return undecidable("It cannot be parsed");
  const commands: ShellCommand[] = [];
  const problem = collect(root, { commands, folders: ["."] }, 0);
  if (problem !== null) return undecidable(problem);
  if (commands.length === 0) return undecidable("It has no command");
  const documents = commands.flatMap(({ redirections }) =>
    redirections.filter(({ kind }) => kind === "hereDocument"),
  );
  if (documents.length !== (marker === null ? 0 : 1)) return undecidable("It has a here-document");
  return { kind: "commands", commands };
}

interface Collected {
  readonly commands: ShellCommand[];
  /** Where the next command may run: `cd` adds to it, since it may also fail. */
  readonly folders: string[];
}

/** Adds the commands below a part; returns why the line is undecidable, null if it is not. */
function collect(part: Node, collected: Collected, depth: number): string | null {
  if (isRedirectedHolder(part)) return collectRedirected(part, collected, depth);
  if (simple.has(part.type)) return add(part, collected);
  const between = holders[part.type];
  if (between === undefined) return `It has ${part.type.replaceAll("_", " ").slice(0, 60)}`;
  if (depth > maxDepth) return "It is nested too deeply";
  if (!isCovered(part, /^[ \t\n]*$/)) return "It has text between its commands that cannot be read";
  for (const child of part.children) {
    if (child === null) return "It cannot be parsed";
    if (!child.isNamed) {
      if (!between.has(child.type)) return `It has ${child.type.slice(0, 20)}`;
      continue;
    }
    const problem = collect(child, collected, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

/** `a | b > c`: the grammar hangs the redirection on the whole, the shell on its last command. */
function isRedirectedHolder({ type, firstChild }: Node): boolean {
  return type === "redirected_statement" && firstChild !== null && firstChild.type in holders;
}

function collectRedirected(part: Node, collected: Collected, depth: number): string | null {
  const { firstChild } = part;
  if (firstChild === null) return "It cannot be parsed";
  const problem = collect(firstChild, collected, depth + 1);
  if (problem !== null) return problem;
  const redirections = readRedirections(part);
  if (typeof redirections === "string") return redirections;
  const last = collected.commands.pop();
  if (last === undefined) return "It cannot be parsed";
  collected.commands.push({ ...last, redirections: [...last.redirections, ...redirections] });
  return null;
}

function add(part: Node, { commands, folders }: Collected): string | null {
  const read = readCommand(part, [...folders]);
  if (typeof read === "string") return read;
  if (commands.length === maxCommands) return `It has more than ${maxCommands} commands`;
  commands.push(read);
  if (read.argv[0] !== "cd") return null;
  return enter(read, folders);
}

function enter({ argv, globs }: ShellCommand, folders: string[]): string | null {
  const [, folder = ""] = argv;
  if (argv.length !== 2 || globs.size > 0 || !/^[\w@][\w@.+-]*(\/[\w@][\w@.+-]*)*\/?$/.test(folder)) {
    return "It changes to a folder that may lie elsewhere";
  }
  const inner = folder.replace(/\/$/, "");
  folders.push(...folders.map((each) => (each === "." ? inner : `${each}/${inner}`)));
  return folders.length > maxFolders ? "It changes folders too often" : null;
}
