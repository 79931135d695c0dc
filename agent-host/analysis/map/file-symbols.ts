import type { FileFacts } from "../file-facts.ts";
import { maxFileSymbols, maxSymbolCharacters, type OutlineSymbol } from "./outline.ts";

const maxSignatureLines = 6;

/** The definitions of a file that others can use, with the line they are written in; those of a script that has none. */
export function fileSymbols(facts: FileFacts, lines: readonly string[]): OutlineSymbol[] {
  const places = placesOf(facts);
  const symbols = places.map((line) => ({ line, text: signatureAt(lines, line) }));
  return symbols.filter(({ text }) => isTelling(text)).slice(0, maxFileSymbols);
}

/** Lines from 1, ascending, each once. */
function placesOf({ exports, functions, language }: FileFacts): number[] {
  const names = new Set(exports.map(({ name }) => name));
  const lines = new Set(exports.map(({ range }) => range.startLine));
  for (const { name, range } of functions) {
    const [owner = "", member] = name.split(".");
    if (member !== undefined ? names.has(owner) && isPublic(member) : names.size === 0 && isTopLevel(name))
      lines.add(range.startLine);
  }
  // A list of exports at the end says nothing that the definitions do not.
  return language === "text" ? [] : [...lines].sort((a, b) => a - b);
}

function isPublic(member: string): boolean {
  return !/^[_#]/.test(member) && member !== "constructor";
}

function isTelling(text: string): boolean {
  return text !== "" && !/^\s*(?:private|protected|#|[}\])])/.test(text);
}

function isTopLevel(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name) && !name.startsWith("_");
}

/** What is written there up to the body or the value: a value may be long, and may be a secret. */
function signatureAt(lines: readonly string[], line: number): string {
  const first = lines[line - 1] ?? "";
  let text = first.trim();
  for (let at = line; at < line - 1 + maxSignatureLines && isOpen(text); at += 1) {
    text += ` ${(lines[at] ?? "").trim()}`;
  }
  const indent = /^\s+\S/.test(first) ? "  " : "";
  const shown = withoutBody(text).replace(/^export\s+(?:default\s+)?(?:declare\s+)?(?=\w)/, "");
  return shown === "" ? "" : clipped(`${indent}${shown}`);
}

/** Parentheses that are not closed yet: parameters over several lines. */
function isOpen(text: string): boolean {
  return text.length < maxSymbolCharacters && text.split("(").length > text.split(")").length;
}

function withoutBody(text: string): string {
  const value =
    /^((?:export\s+)?(?:declare\s+)?(?:const|let|var)\s+[\w$]+[^=]*?|[A-Za-z_]\w*(?:\s*:[^=]+)?)\s*=(?![=>])\s*(.*)$/.exec(
      text,
    );
  if (value !== null && !isFunction(value[2] ?? "")) return (value[1] ?? "").trim();
  const alias = /^(?:export\s+)?(?:declare\s+)?type\s+[\w$]+(?:<[^=]*>)?\s*=/.exec(text);
  if (alias !== null) return alias[0].replace(/\s*=$/, "");
  return text
    .replace(/\s*(?:\{|=>|=>\s*[({].*)\s*$/, "")
    .replace(/\s*=>.*$/, " => …")
    .replace(/\s*\{[^}]*$/, "")
    .replace(/[:;,]\s*$/, "")
    .trim();
}

function isFunction(value: string): boolean {
  return /^(?:async\b\s*)?(?:function\b|\(|<|[\w$]+\s*=>)/.test(value);
}

function clipped(text: string): string {
  const line = text.replace(/[\t\r\n]+/g, " ");
  return line.length <= maxSymbolCharacters ? line : `${line.slice(0, maxSymbolCharacters - 1)}…`;
}
