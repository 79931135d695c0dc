import type { SyntaxNode } from "@lezer/common";
import { childrenOf, enclosingFunction, type PythonSource, textOf } from "./python-tree.ts";

/** A part of a string that is put together: text as written, or an expression. */
export type Piece = { readonly text: string } | { readonly node: SyntaxNode };

/** Says what is known about expressions of one file without running it. Used so that constants never alarm. */
export class PythonValues {
  private readonly assigned: Map<string, SyntaxNode[]>;
  private readonly updated: ReadonlySet<string>;
  private readonly source: PythonSource;

  constructor(source: PythonSource) {
    this.source = source;
    this.assigned = assignments(source);
    this.updated = updatedNames(source);
  }

  /** True if the value is fixed in the source: literals, and names that are only ever given literals. */
  isConstant(node: SyntaxNode, depth = 0): boolean {
    if (depth > maxDepth) return false;
    const kind = node.name;
    if (/^(?:String|Number|Boolean|None|Ellipsis)$/.test(kind)) return true;
    if (kind === "VariableName") return this.isConstantName(node, depth);
    if (kind === "FormatString")
      return this.pieces(node).every((piece) => "text" in piece || this.isConstant(piece.node, depth + 1));
    if (!constantContainers.test(kind)) return false;
    return childrenOf(node).every(
      (child) => punctuation.test(child.name) || this.isConstant(child, depth + 1),
    );
  }

  /**
   * The expression a name stands for, where it is assigned exactly once in its function (or in the module). Of
   * several, the first that is put together from text and data; else the name itself.
   */
  resolve(node: SyntaxNode): SyntaxNode {
    if (node.name === "ParenthesizedExpression") return node.firstChild?.nextSibling ?? node;
    if (node.name !== "VariableName") return node;
    const name = textOf(this.source, node);
    if (this.updated.has(name)) return node;
    const scope = enclosingFunction(node);
    const values = (this.assigned.get(name) ?? []).filter((value) =>
      sameNode(enclosingFunction(value), scope),
    );
    const [first] = values;
    if (values.length <= 1) return first ?? node;
    return values.slice(0, maxValues).find((value) => this.isMixed(value)) ?? node;
  }

  /** The parts of a string expression (f-string, `+`, `%`, `.format`); the node itself if it is none. */
  pieces(node: SyntaxNode, depth = 0): Piece[] {
    if (depth > maxDepth) return [{ node }];
    switch (node.name) {
      case "String":
        return [{ text: literalText(this.source, node) }];
      case "FormatString":
        return this.formatPieces(node);
      case "ContinuedString":
        return childrenOf(node).flatMap((child) => this.pieces(child, depth + 1));
      case "ParenthesizedExpression":
        return childrenOf(node)
          .filter((child) => !punctuation.test(child.name))
          .flatMap((child) => this.pieces(child, depth + 1));
      case "BinaryExpression":
        return this.binaryPieces(node, depth);
      case "CallExpression":
        return this.formatCallPieces(node, depth) ?? [{ node }];
      default:
        return [{ node }];
    }
  }

  private isMixed(node: SyntaxNode): boolean {
    const pieces = this.pieces(node);
    return (
      pieces.some((piece) => "text" in piece) &&
      pieces.some((piece) => "node" in piece && !this.isConstant(piece.node))
    );
  }

  private isConstantName(node: SyntaxNode, depth: number): boolean {
    const name = textOf(this.source, node);
    if (this.updated.has(name)) return false;
    const values = this.assigned.get(name) ?? [];
    const scope = enclosingFunction(node);
    if (scope !== undefined && hasParameter(this.source, scope, name)) return false;
    const visible = values.filter((value) => {
      const owner = enclosingFunction(value);
      return owner === undefined || sameNode(owner, scope);
    });
    return visible.length > 0 && visible.every((value) => this.isConstant(value, depth + 1));
  }

  private formatPieces(node: SyntaxNode): Piece[] {
    const pieces: Piece[] = [];
    let at = node.from;
    for (const child of childrenOf(node)) {
      if (child.name !== "FormatReplacement") continue;
      pieces.push({ text: this.source.text.slice(at, child.from) });
      const value = child.firstChild?.nextSibling;
      if (value !== null && value !== undefined) pieces.push({ node: value });
      at = child.to;
    }
    pieces.push({ text: this.source.text.slice(at, node.to) });
    return pieces;
  }

  private binaryPieces(node: SyntaxNode, depth: number): Piece[] {
    const [left, operator, right] = childrenOf(node);
    if (left === undefined || operator === undefined || right === undefined) return [{ node }];
    const sign = textOf(this.source, operator);
    const leftPieces = this.pieces(left, depth + 1);
    if (sign === "+") return [...leftPieces, ...this.pieces(right, depth + 1)];
    if (sign !== "%" || !leftPieces.some((piece) => "text" in piece)) return [{ node }];
    return fillPlaceholders(leftPieces, /%(?:\([^)]*\))?[-#0 +\d.*]*[a-zA-Z]/, valuesOf(right));
  }

  private formatCallPieces(call: SyntaxNode, depth: number): Piece[] | undefined {
    const callee = call.firstChild;
    if (callee?.name !== "MemberExpression" || callee.lastChild === null || callee.firstChild === null)
      return undefined;
    if (textOf(this.source, callee.lastChild) !== "format") return undefined;
    const receiver = this.pieces(callee.firstChild, depth + 1);
    if (!receiver.some((piece) => "text" in piece)) return undefined;
    const list = call.lastChild;
    const values = list === null ? noArguments : readArguments(this.source, list);
    return fillPlaceholders(receiver, /\{[^{}]*\}/, [...values.positional, ...values.keywords.values()]);
  }
}

const noArguments: CallArguments = { positional: [], keywords: new Map(), spread: false };
const maxDepth = 40;
const maxValues = 20;
const punctuation = /^(?:[()[\]{},:*]|\*\*|ArithOp|BitOp|CompareOp|and|or|not|if|else)$/;
const constantContainers =
  /^(?:ContinuedString|ParenthesizedExpression|TupleExpression|ArrayExpression|DictionaryExpression|SetExpression|BinaryExpression|UnaryExpression|ConditionalExpression)$/;

/** The arguments of a call. `spread` if some come from `*x` or `**x`. */
export interface CallArguments {
  readonly positional: readonly SyntaxNode[];
  readonly keywords: ReadonlyMap<string, SyntaxNode>;
  readonly spread: boolean;
}

export function readArguments(source: PythonSource, list: SyntaxNode): CallArguments {
  const positional: SyntaxNode[] = [];
  const keywords = new Map<string, SyntaxNode>();
  let spread = false;
  let group: SyntaxNode[] = [];
  const close = () => {
    const [first, second, third] = group;
    if (first === undefined) return;
    if (first.name === "*" || first.name === "**") spread = true;
    else if (second?.name === "AssignOp" && third !== undefined) keywords.set(textOf(source, first), third);
    else positional.push(first);
    group = [];
  };
  for (const child of childrenOf(list)) {
    if (child.name === "," || child.name === ")") close();
    else if (child.name !== "(" && child.name !== "Comment") group.push(child);
  }
  close();
  return { positional, keywords, spread };
}

function valuesOf(node: SyntaxNode): SyntaxNode[] {
  if (node.name !== "TupleExpression") return [node];
  return childrenOf(node).filter((child) => !punctuation.test(child.name));
}

/** Puts the values where the template's placeholders are; those left over come last. */
function fillPlaceholders(template: Piece[], placeholder: RegExp, values: readonly SyntaxNode[]): Piece[] {
  const left = [...values];
  const filled: Piece[] = [];
  for (const piece of template) {
    if (!("text" in piece)) {
      filled.push(piece);
      continue;
    }
    piece.text.split(placeholder).forEach((text, index) => {
      const value = index === 0 ? undefined : left.shift();
      if (value !== undefined) filled.push({ node: value });
      filled.push({ text });
    });
  }
  return [...filled, ...left.map((node) => ({ node }))];
}

function literalText(source: PythonSource, node: SyntaxNode): string {
  return textOf(source, node)
    .replace(/^[a-zA-Z]{0,2}("""|'''|"|')/, "")
    .replace(/("""|'''|"|')$/, "");
}

function hasParameter(source: PythonSource, definition: SyntaxNode, name: string): boolean {
  const list = definition.getChild("ParamList");
  return (
    list !== null &&
    childrenOf(list).some((child) => child.name === "VariableName" && textOf(source, child) === name)
  );
}

function sameNode(a: SyntaxNode | undefined, b: SyntaxNode | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.from === b.from && a.to === b.to;
}

function assignments(source: PythonSource): Map<string, SyntaxNode[]> {
  const assigned = new Map<string, SyntaxNode[]>();
  for (const statement of source.nodes.get("AssignStatement") ?? []) {
    const [target, ...rest] = childrenOf(statement);
    const value = rest.at(-1);
    if (target === undefined || value === undefined || value.name === "TypeDef") continue;
    // `a, b = …` and `a = b = …` give the names something we do not follow; an opaque value says so.
    const simple = rest.filter((child) => child.name === "AssignOp").length === 1 && rest[0]?.name !== ",";
    for (const child of [target, ...rest.slice(0, -1)]) {
      if (child.name !== "VariableName") continue;
      const name = textOf(source, child);
      const values = assigned.get(name) ?? [];
      values.push(simple ? value : statement);
      assigned.set(name, values);
    }
  }
  return assigned;
}

/** Names changed by `+=` and the like, loops or parameters: their one assignment does not tell their value. */
function updatedNames(source: PythonSource): ReadonlySet<string> {
  const updated = new Set<string>();
  for (const statement of source.nodes.get("UpdateStatement") ?? []) {
    if (statement.firstChild?.name === "VariableName") updated.add(textOf(source, statement.firstChild));
  }
  return updated;
}
