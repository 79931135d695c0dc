import type { SyntaxNode, SyntaxNodeRef, Tree } from "@lezer/common";
import { parser } from "@lezer/python";
import type { SourceFile } from "../file-facts.ts";
import { LineIndex } from "../text/line-index.ts";
import { toGrammarDialect } from "./python-dialect.ts";

/** One parsed file; what the collectors share. */
export interface PythonSource {
  readonly path: string;
  readonly text: string;
  readonly tree: Tree;
  readonly lines: LineIndex;
  /** The nodes of the kinds in `collectedKinds`, in source order. */
  readonly nodes: ReadonlyMap<string, readonly SyntaxNode[]>;
  /** How often each name is written, definitions included. */
  readonly nameCounts: ReadonlyMap<string, number>;
  /** Offset of the first place where the parser had to recover. */
  readonly firstError: number | undefined;
}

const collectedKinds = new Set([
  "ImportStatement",
  "FunctionDefinition",
  "ClassDefinition",
  "CallExpression",
  "TryStatement",
  "AssignStatement",
  "UpdateStatement",
]);

export function parsePython(file: SourceFile): PythonSource {
  const { text, path } = file;
  const tree = parser.parse(toGrammarDialect(text));
  const nodes = new Map<string, SyntaxNode[]>([...collectedKinds].map((kind) => [kind, []]));
  const nameCounts = new Map<string, number>();
  let firstError: number | undefined;
  tree.iterate({
    enter(ref) {
      if (ref.type.isError && firstError === undefined && !isBareYield(ref)) firstError = ref.from;
      const kind = ref.name;
      if (kind === "VariableName") {
        const name = text.slice(ref.from, ref.to);
        nameCounts.set(name, (nameCounts.get(name) ?? 0) + 1);
      } else if (collectedKinds.has(kind)) nodes.get(kind)?.push(ref.node);
    },
  });
  return { path, text, tree, lines: new LineIndex(text), nodes, nameCounts, firstError };
}

/** The grammar expects a value behind `yield`; Python does not. The rest of the tree is right all the same. */
function isBareYield(error: SyntaxNodeRef): boolean {
  return error.from === error.to && (error.node.parent?.name ?? "").startsWith("Yield");
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

export function textOf(source: PythonSource, node: SyntaxNode): string {
  return source.text.slice(node.from, node.to);
}

// A hostile file may nest without end; nobody's own code comes near.
const maxAncestors = 300;

/** The nodes around `node`, innermost first, each with its child on the way down. */
export function* ancestorsOf(node: SyntaxNode): Generator<{ node: SyntaxNode; child: SyntaxNode }> {
  let child = node;
  for (let parent = node.parent, depth = 0; parent !== null && depth < maxAncestors; depth += 1) {
    yield { node: parent, child };
    child = parent;
    parent = parent.parent;
  }
}

export function enclosingFunction(node: SyntaxNode): SyntaxNode | undefined {
  for (const ancestor of ancestorsOf(node)) {
    if (ancestor.node.name === "FunctionDefinition" || ancestor.node.name === "LambdaExpression")
      return ancestor.node;
  }
  return undefined;
}

/** `a.b.c` for a name or a chain of members, else undefined. */
export function dottedName(source: PythonSource, node: SyntaxNode): string | undefined {
  const parts: string[] = [];
  let at: SyntaxNode | null = node;
  while (at !== null && at.name === "MemberExpression" && parts.length < 20) {
    const property: SyntaxNode | null = at.lastChild;
    if (property === null || property.name !== "PropertyName") return undefined;
    parts.unshift(textOf(source, property));
    at = at.firstChild;
  }
  if (at === null || at.name !== "VariableName") return undefined;
  parts.unshift(textOf(source, at));
  return parts.join(".");
}
