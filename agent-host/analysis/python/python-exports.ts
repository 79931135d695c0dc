import type { SyntaxNode } from "@lezer/common";
import type { ExportFact } from "../file-facts.ts";
import { childrenOf, type PythonSource, textOf } from "./python-tree.ts";

/** The public names of a module: what `__all__` lists, else top-level names without a leading underscore. */
export function pythonExports(source: PythonSource): ExportFact[] {
  const defined = definedNames(source);
  const listed = listedNames(source);
  const facts: ExportFact[] = [];
  for (const [name, { node, times }] of defined) {
    if (listed === undefined ? name.startsWith("_") : !listed.has(name)) continue;
    const usedLocally = (source.nameCounts.get(name) ?? 0) > times;
    facts.push({ name, range: source.lines.range(node.from, node.to), kind: "value", usedLocally });
  }
  return facts;
}

interface Definition {
  readonly node: SyntaxNode;
  times: number;
}

function definedNames(source: PythonSource): Map<string, Definition> {
  const defined = new Map<string, Definition>();
  const add = (node: SyntaxNode | null) => {
    if (node === null || node.name !== "VariableName") return;
    const name = textOf(source, node);
    const known = defined.get(name);
    if (known === undefined) defined.set(name, { node, times: 1 });
    else known.times += 1;
  };
  for (const statement of moduleStatements(source.tree.topNode)) {
    if (statement.name === "AssignStatement") add(statement.firstChild);
    else add(statement.getChild("VariableName"));
  }
  return defined;
}

/** Definitions and assignments that run when the module loads, also those inside `if` and `try`. */
function moduleStatements(top: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const open = childrenOf(top).reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (/^(?:FunctionDefinition|ClassDefinition|AssignStatement|TypeDefinition)$/.test(node.name))
      found.push(node);
    else if (
      /^(?:DecoratedStatement|IfStatement|TryStatement|WithStatement|Body|StatementGroup)$/.test(node.name)
    ) {
      open.push(...childrenOf(node).reverse());
    }
  }
  return found;
}

function listedNames(source: PythonSource): Set<string> | undefined {
  for (const statement of source.nodes.get("AssignStatement") ?? []) {
    if (statement.firstChild === null || textOf(source, statement.firstChild) !== "__all__") continue;
    const value = statement.lastChild;
    if (value === null || !/^(?:ArrayExpression|TupleExpression)$/.test(value.name)) return undefined;
    const names = childrenOf(value).filter((child) => child.name === "String");
    return new Set(names.map((name) => textOf(source, name).replaceAll(/["']/g, "")));
  }
  return undefined;
}
