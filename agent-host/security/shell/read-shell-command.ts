import type { Node } from "@vscode/tree-sitter-wasm";
import { isHereDocument } from "./here-document.ts";
import type { ShellAssignment, ShellCommand, ShellRedirection } from "./shell-line.ts";
import { readWord, type Word } from "./shell-word.ts";

const wordTypes: ReadonlySet<string> = new Set([
  ...["word", "number", "string", "raw_string", "concatenation", "simple_expansion"],
]);

const redirectionKinds: Readonly<Record<string, "read" | "write" | "duplicate">> = {
  "<": "read",
  ">": "write",
  ">>": "write",
  ">|": "write",
  ">&": "duplicate",
  "<&": "duplicate",
};

interface Parts {
  readonly words: Word[];
  readonly assignments: ShellAssignment[];
  readonly redirections: ShellRedirection[];
}

/** A simple command with its redirections; why it is undecidable, as text. */
export function readCommand(part: Node, folders: readonly string[]): ShellCommand | string {
  const parts: Parts = { words: [], assignments: [], redirections: [] };
  const problem = readParts(part, parts, 0);
  if (problem !== null) return problem;
  const { words, assignments, redirections } = parts;
  const [name] = words;
  if (name?.isGlob) return "It has a pattern where a command's name stands";
  if (name !== undefined && /^[\w+]+=|=/.test(name.text)) return "It may assign a variable";
  const globs = new Set(words.flatMap(({ isGlob }, place) => (isGlob ? [place] : [])));
  return { argv: words.map(({ text }) => text), globs, assignments, redirections, folders };
}

/** The redirections that hang on a part behind its first child; why they are undecidable, as text. */
export function readRedirections(part: Node): ShellRedirection[] | string {
  const parts: Parts = { words: [], assignments: [], redirections: [] };
  if (!isCovered(part, /^[ \t]*$/)) return "It has text between its words that cannot be read";
  for (const child of part.children.slice(1)) {
    const problem =
      child?.type === "file_redirect"
        ? readRedirection(child, parts)
        : "It has a redirection that cannot be read";
    if (problem !== null) return problem;
  }
  return parts.redirections;
}

/** Whether the children of a part, and what `between` allows, are all there is of it. */
export function isCovered(part: Node, between: RegExp): boolean {
  let at = part.startIndex;
  for (const child of part.children) {
    if (child === null) return false;
    if (!between.test(part.text.slice(at - part.startIndex, child.startIndex - part.startIndex)))
      return false;
    at = child.endIndex;
  }
  return between.test(part.text.slice(at - part.startIndex));
}

function readParts(part: Node, parts: Parts, depth: number): string | null {
  if (depth > 2) return "It is nested too deeply";
  if (part.type === "variable_assignment") return readAssignment(part, parts);
  if (!isCovered(part, /^[ \t]*$/)) return "It has text between its words that cannot be read";
  for (const child of part.children) {
    const problem = child === null ? "It cannot be parsed" : readPart(child, parts, depth);
    if (problem !== null) return problem;
  }
  return null;
}

function readPart(child: Node, parts: Parts, depth: number): string | null {
  if (child.type === "command") return readParts(child, parts, depth + 1);
  if (child.type === "variable_assignment") return readAssignment(child, parts);
  if (child.type === "file_redirect") return readRedirection(child, parts);
  const source = child.type === "command_name" ? child.firstChild : child;
  if (source === null || !wordTypes.has(source.type) || source.text !== child.text) {
    return `It has ${(source ?? child).type.replaceAll("_", " ").slice(0, 60)}`;
  }
  const word = readWord(source.text);
  if (word === null) return "It has a word that the shell changes";
  parts.words.push(word);
  return null;
}

function readAssignment({ text }: Node, { assignments, words }: Parts): string | null {
  // Behind the command's name it is an argument.
  if (words.length > 0) return "It has an assignment where none is expected";
  const at = text.indexOf("=");
  const value = at + 1 === text.length ? { text: "", isGlob: false } : readWord(text.slice(at + 1));
  const name = text.slice(0, at);
  if (value === null || value.isGlob || !/^[A-Za-z_]\w*$/.test(name) || value.text.includes("~")) {
    return "It assigns a variable in a way that cannot be read";
  }
  assignments.push({ name, value: value.text });
  return null;
}

function readRedirection(part: Node, { redirections }: Parts): string | null {
  const pattern = /^(\d?)(<&|>&|>>|>\||<|>)[ \t]*([^\s<>&|;()].*)$/s.exec(part.text);
  const [, , operator = "", source = ""] = pattern ?? [];
  const kind = redirectionKinds[operator];
  const target = readWord(source);
  if (kind === undefined || target === null || target.isGlob)
    return "It has a redirection that cannot be read";
  if (kind === "duplicate") {
    // To a name it would be a file.
    if (!/^[0-9]$|^-$/.test(source)) return "It has a redirection that cannot be read";
    redirections.push({ kind });
  } else if (isHereDocument(target.text)) {
    if (kind !== "read" || pattern?.[1] !== "") return "It has a here-document";
    redirections.push({ kind: "hereDocument" });
  } else {
    redirections.push({ kind, target: target.text });
  }
  return null;
}
