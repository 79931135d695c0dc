import type { DuplicateTokens } from "../file-facts.ts";
import type { PythonSource } from "./python-tree.ts";

const tokenKinds =
  /^(?:VariableName|PropertyName|Number|Boolean|Ellipsis|At|[A-Z][a-z]+Op|[a-z]+|None|[^\w\s]+)$/;

/**
 * Token hashes for the duplicate search. Names and operators count as written, literals by their kind; imports,
 * comments and docstrings are left out because they repeat without being copies.
 */
export function pythonDuplicateTokens(source: PythonSource): DuplicateTokens {
  const { text, lines } = source;
  const hashes: number[] = [];
  const starts: number[] = [];
  let line = 1;
  source.tree.iterate({
    enter(node) {
      const kind = node.name;
      if (kind === "ImportStatement" || kind === "Comment" || node.type.isError) return false;
      if (kind === "ExpressionStatement" && isLoneString(node.node.firstChild?.name)) return false;
      const literal = kind === "String" || kind === "FormatString";
      if (!literal && !tokenKinds.test(kind)) return undefined;
      const token = literal || kind === "Number" ? kind : text.slice(node.from, node.to);
      while (lines.startOf(line + 1) <= node.from && line < lines.lineCount) line += 1;
      hashes.push(hashOf(token));
      starts.push(line);
      return false;
    },
  });
  return { hashes: Uint32Array.from(hashes), lines: Uint32Array.from(starts) };
}

function isLoneString(kind: string | undefined): boolean {
  return kind === "String" || kind === "ContinuedString";
}

function hashOf(token: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < token.length; index += 1) {
    hash = Math.imul(hash ^ token.charCodeAt(index), 0x01000193);
  }
  // Zero would mean a border that no copy may reach across.
  return (hash | 0x40000000) >>> 0;
}
