import type { SyntaxNodeRef } from "@lezer/common";
import type { FunctionFact } from "../file-facts.ts";
import { childrenOf, type PythonSource, textOf } from "./python-tree.ts";

/**
 * Every `def` with its cyclomatic complexity: 1, and one more for each `if`, `elif`, `for`, `while`, `except`,
 * `and`, `or`, conditional expression, comprehension `if` and `case` that is not the catch-all. A function inside a
 * function counts for itself only.
 */
export function pythonFunctions(source: PythonSource): FunctionFact[] {
  const walk = new FunctionWalk(source);
  source.tree.iterate({ enter: (node) => walk.enter(node), leave: (node) => walk.leave(node) });
  return walk.facts.sort((a, b) => a.range.startLine - b.range.startLine);
}

interface OpenFunction {
  readonly name: string;
  complexity: number;
  nesting: number;
  maxNesting: number;
}

const decisions = new Set(["if", "elif", "while", "except", "and", "or"]);
const blocks = new Set([
  "IfStatement",
  "ForStatement",
  "WhileStatement",
  "TryStatement",
  "WithStatement",
  "MatchClause",
]);

class FunctionWalk {
  readonly facts: FunctionFact[] = [];
  private readonly functions: OpenFunction[] = [];
  private readonly names: string[] = [];
  private readonly parents: string[] = [];
  private readonly source: PythonSource;

  constructor(source: PythonSource) {
    this.source = source;
  }

  enter(node: SyntaxNodeRef): void {
    const kind = node.name;
    const parent = this.parents.at(-1);
    this.parents.push(kind);
    if (kind === "FunctionDefinition" || kind === "ClassDefinition") this.open(node, kind);
    const current = this.functions.at(-1);
    if (current === undefined) return;
    if (decisions.has(kind) && parent !== "Guard") current.complexity += 1;
    else if (kind === "for" && parent === "ForStatement") current.complexity += 1;
    else if (kind === "MatchClause" && !isCatchAll(this.source, node)) current.complexity += 1;
    else if (kind === "Body" && parent !== undefined && blocks.has(parent)) {
      current.nesting += 1;
      current.maxNesting = Math.max(current.maxNesting, current.nesting);
    }
  }

  leave(node: SyntaxNodeRef): void {
    this.parents.pop();
    const kind = node.name;
    if (kind === "Body" && blocks.has(this.parents.at(-1) ?? "")) {
      const current = this.functions.at(-1);
      if (current !== undefined) current.nesting -= 1;
    }
    if (kind === "ClassDefinition") this.names.pop();
    if (kind === "FunctionDefinition") this.close(node);
  }

  private open(node: SyntaxNodeRef, kind: string): void {
    const nameNode = node.node.getChild("VariableName");
    this.names.push(nameNode === null ? "?" : textOf(this.source, nameNode));
    if (kind === "ClassDefinition") return;
    this.functions.push({ name: this.names.join("."), complexity: 1, nesting: 0, maxNesting: 0 });
  }

  private close(node: SyntaxNodeRef): void {
    this.names.pop();
    const done = this.functions.pop();
    if (done === undefined) return;
    const range = this.source.lines.range(node.from, endWithoutSpace(this.source.text, node));
    this.facts.push({
      name: done.name,
      range,
      complexity: done.complexity,
      parameters: countParameters(this.source, node),
      lines: range.endLine - range.startLine + 1,
      maxNesting: done.maxNesting,
    });
  }
}

/** A body ends behind the empty lines that follow it; people mean the last line with code. */
function endWithoutSpace(text: string, node: SyntaxNodeRef): number {
  let end = node.to;
  while (end > node.from && /\s/.test(text[end - 1] ?? "")) end -= 1;
  return end;
}

function isCatchAll(source: PythonSource, clause: SyntaxNodeRef): boolean {
  const pattern = clause.node.getChild("CapturePattern");
  return pattern !== null && clause.node.getChild("Guard") === null && textOf(source, pattern) === "_";
}

function countParameters(source: PythonSource, node: SyntaxNodeRef): number {
  const list = node.node.getChild("ParamList");
  if (list === null) return 0;
  let names = 0;
  let expected = true;
  for (const child of childrenOf(list)) {
    if (child.name === ",") expected = true;
    else if (expected && child.name === "VariableName") {
      expected = false;
      const name = textOf(source, child);
      if (!(names === 0 && (name === "self" || name === "cls"))) names += 1;
    } else if (child.name === "AssignOp") expected = false;
  }
  return names;
}
