import type { SyntaxNode } from "@lezer/common";
import type { ImportFact } from "../file-facts.ts";
import { ancestorsOf, childrenOf, dottedName, type PythonSource, textOf } from "./python-tree.ts";

/** What a file imports. Relative specifiers keep their dots (`..pkg.mod`, `.`); `import a, b` gives two facts. */
export function pythonImports(source: PythonSource): ImportFact[] {
  const facts: ImportFact[] = [];
  const initFile = /(?:^|\/)__init__\.pyi?$/.test(source.path);
  for (const statement of source.nodes.get("ImportStatement") ?? []) {
    const context = contextOf(source, statement);
    const reExport = initFile && !context.deferred && !context.typeOnly;
    for (const { specifier, names, from, to } of parseImport(source, statement)) {
      facts.push({ specifier, names, range: source.lines.range(from, to), reExport, ...context });
    }
  }
  return [...facts, ...dynamicImports(source)];
}

/** Local name → full dotted name, for all imports of the file: `sp` → `subprocess`, `run` → `subprocess.run`. */
export function importAliases(source: PythonSource): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const statement of source.nodes.get("ImportStatement") ?? []) {
    for (const parsed of parseImport(source, statement)) {
      for (const { local, target } of parsed.bindings) aliases.set(local, target);
    }
  }
  return aliases;
}

interface ParsedImport {
  readonly specifier: string;
  readonly names: readonly string[];
  readonly bindings: readonly Binding[];
  readonly from: number;
  readonly to: number;
}

interface Binding {
  local: string;
  readonly target: string;
}

function parseImport(source: PythonSource, statement: SyntaxNode): ParsedImport[] {
  const children = childrenOf(statement);
  return children[0]?.name === "from" ? parseFrom(source, statement, children) : parsePlain(source, children);
}

function parseFrom(source: PythonSource, statement: SyntaxNode, children: SyntaxNode[]): ParsedImport[] {
  const split = children.findIndex((child) => child.name === "import");
  const specifier = children
    .slice(1, Math.max(split, 1))
    .map((child) => textOf(source, child))
    .join("");
  if (specifier === "") return [];
  const names: string[] = [];
  const bindings: Binding[] = [];
  let renaming = false;
  for (const child of children.slice(split + 1)) {
    if (child.name === "*") names.push("*");
    else if (child.name === "as") renaming = true;
    else if (child.name === "VariableName") {
      const name = textOf(source, child);
      const last = bindings.at(-1);
      if (renaming && last !== undefined) last.local = name;
      else {
        names.push(name);
        bindings.push({ local: name, target: `${specifier}.${name}` });
      }
      renaming = false;
    }
  }
  return [{ specifier, names, bindings, from: statement.from, to: statement.to }];
}

function parsePlain(source: PythonSource, children: SyntaxNode[]): ParsedImport[] {
  const groups: SyntaxNode[][] = [[]];
  for (const child of children.slice(1)) {
    if (child.name === ",") groups.push([]);
    else groups.at(-1)?.push(child);
  }
  return groups.flatMap((group) => {
    const renamed = group.findIndex((child) => child.name === "as");
    const parts = (renamed === -1 ? group : group.slice(0, renamed)).filter(
      (child) => child.name === "VariableName",
    );
    const first = parts[0];
    const last = parts.at(-1);
    if (first === undefined || last === undefined) return [];
    const specifier = parts.map((part) => textOf(source, part)).join(".");
    const alias = renamed === -1 ? undefined : group[renamed + 1];
    // `import a.b` binds only `a`; the code then spells out `a.b.f` itself.
    const binding =
      alias === undefined
        ? { local: textOf(source, first), target: textOf(source, first) }
        : { local: textOf(source, alias), target: specifier };
    return [{ specifier, names: ["*"], bindings: [binding], from: first.from, to: last.to }];
  });
}

type ImportContext = Pick<ImportFact, "typeOnly" | "deferred" | "optional">;

function contextOf(source: PythonSource, node: SyntaxNode): ImportContext {
  const context = { typeOnly: false, deferred: false, optional: false };
  for (const { node: ancestor, child } of ancestorsOf(node)) {
    if (ancestor.name === "FunctionDefinition") context.deferred = true;
    else if (ancestor.name === "TryStatement") context.optional ||= toleratesMissingImport(source, ancestor);
    else if (ancestor.name === "WithStatement")
      context.optional ||= /suppress\(/.test(headOf(source, ancestor));
    else if (ancestor.name === "IfStatement") {
      const condition = conditionBefore(source, ancestor, child);
      if (/^(?:\w+\.)?TYPE_CHECKING$/.test(condition)) context.typeOnly = true;
      if (/\b(?:version_info|platform|os\.name|PY[23]|implementation)\b/.test(headOf(source, ancestor))) {
        context.optional = true;
      }
    }
  }
  return context;
}

/** The condition that guards the branch `body`; empty for `else`. */
function conditionBefore(source: PythonSource, statement: SyntaxNode, body: SyntaxNode): string {
  const condition = body.prevSibling;
  if (condition === null || condition.name === "else" || statement.firstChild === null) return "";
  return textOf(source, condition);
}

function headOf(source: PythonSource, statement: SyntaxNode): string {
  const body = statement.getChild("Body");
  return source.text.slice(statement.from, Math.min(body?.from ?? statement.to, statement.from + 500));
}

function toleratesMissingImport(source: PythonSource, statement: SyntaxNode): boolean {
  const children = childrenOf(statement);
  return children.some((child, index) => {
    if (child.name !== "except") return false;
    const caught = children[index + 1];
    if (caught === undefined || caught.name === "Body") return true;
    return /\b(?:ImportError|ModuleNotFoundError|Exception|BaseException|AttributeError)\b/.test(
      textOf(source, caught),
    );
  });
}

/** `importlib.import_module("a.b")` and `__import__("a")` with a literal name. */
function dynamicImports(source: PythonSource): ImportFact[] {
  const facts: ImportFact[] = [];
  for (const call of source.nodes.get("CallExpression") ?? []) {
    const callee = call.firstChild;
    if (callee === null) continue;
    const end = source.text.slice(Math.max(callee.to - 13, callee.from), callee.to);
    if (!end.endsWith("import_module") && end !== "__import__") continue;
    const name = dottedName(source, callee);
    if (name === undefined) continue;
    const args = childrenOf(call.lastChild ?? call).filter((child) => !/^[(),]$/.test(child.name));
    const literal = args[0]?.name === "String" ? textOf(source, args[0]) : "";
    const specifier = /^(["'])([\w.]+)\1$/.exec(literal)?.[2];
    // A relative name depends on its second argument, the package.
    if (specifier === undefined || specifier.startsWith(".")) continue;
    const range = source.lines.range(call.from, call.to);
    facts.push({ specifier, names: ["*"], range, reExport: false, ...contextOf(source, call) });
  }
  return facts;
}
