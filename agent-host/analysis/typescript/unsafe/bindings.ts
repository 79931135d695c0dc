import * as ts from "typescript-parser";

/** How a name gets its value. */
export type Binding =
  | { readonly kind: "value"; readonly values: ts.Expression[]; readonly scope: Scope }
  | { readonly kind: "part"; readonly of: ts.Expression | undefined; readonly scope: Scope }
  | { readonly kind: "element"; readonly of: ts.Expression; readonly scope: Scope }
  | { readonly kind: "parameter"; readonly node: ts.ParameterDeclaration; readonly scope: Scope }
  | { readonly kind: "import"; readonly module: string; readonly name: string; readonly scope: Scope }
  | { readonly kind: "function"; readonly node: ts.FunctionDeclaration; readonly scope: Scope }
  | { readonly kind: "enum"; readonly scope: Scope };

interface Scope {
  readonly start: number;
  readonly end: number;
}

/** The names one file declares, found on demand: most files never need it. */
export class Bindings {
  private readonly byName = new Map<string, Binding[]>();
  private readonly reassigned: { name: string; value: ts.Expression; at: number }[] = [];

  constructor(source: ts.SourceFile) {
    const whole: Scope = { start: 0, end: source.end };
    for (const statement of source.statements) this.visit(statement, whole, whole);
    for (const { name, value, at } of this.reassigned) {
      const binding = this.lookup(name, at);
      if (binding?.kind === "value") binding.values.push(value);
    }
  }

  /** The innermost declaration of `name` that is visible at `offset`. */
  lookup(name: string, offset: number): Binding | undefined {
    let best: Binding | undefined;
    for (const binding of this.byName.get(name) ?? []) {
      const { start, end } = binding.scope;
      if (offset < start || offset > end) continue;
      if (best === undefined || end - start < best.scope.end - best.scope.start) best = binding;
    }
    return best;
  }

  /** The module a name comes from: by import, by require, or as a part of either. */
  moduleOf(name: string, offset: number, depth = 0): { module: string; name: string } | undefined {
    const binding = this.lookup(name, offset);
    if (binding === undefined || depth > 3) return undefined;
    if (binding.kind === "import")
      return { module: binding.module.replace(/^node:/, ""), name: binding.name };
    const from =
      binding.kind === "value" ? binding.values[0] : binding.kind === "part" ? binding.of : undefined;
    if (from === undefined) return undefined;
    const required = requiredModule(from);
    if (required !== undefined) return { module: required, name: binding.kind === "part" ? name : "*" };
    // const run = promisify(exec)
    if (ts.isCallExpression(from) && /promisify$/.test(lastName(from.expression) ?? "")) {
      const inner = from.arguments[0];
      if (inner !== undefined && ts.isIdentifier(inner))
        return this.moduleOf(inner.text, inner.pos, depth + 1);
      if (inner !== undefined && ts.isPropertyAccessExpression(inner) && ts.isIdentifier(inner.expression)) {
        const owner = this.moduleOf(inner.expression.text, inner.pos, depth + 1);
        return owner === undefined ? undefined : { module: owner.module, name: inner.name.text };
      }
    }
    return undefined;
  }

  private visit(node: ts.Node, block: Scope, fn: Scope): void {
    if (ts.isVariableDeclarationList(node)) {
      const isVar = (node.flags & ts.NodeFlags.BlockScoped) === 0;
      for (const declaration of node.declarations) this.variable(declaration, isVar ? fn : block);
    } else if (ts.isImportDeclaration(node)) {
      this.importNames(node, fn);
    } else if (ts.isFunctionDeclaration(node) && node.name !== undefined) {
      this.add(node.name.text, { kind: "function", node, scope: block });
    } else if (ts.isEnumDeclaration(node)) {
      this.add(node.name.text, { kind: "enum", scope: block });
    } else if (ts.isForOfStatement(node)) {
      this.loopVariable(node);
    } else if (
      ts.isBinaryExpression(node) &&
      isAssignment(node.operatorToken.kind) &&
      ts.isIdentifier(node.left)
    ) {
      this.reassigned.push({ name: node.left.text, value: node.right, at: node.pos });
    }
    if (ts.isFunctionLike(node)) {
      const scope: Scope = { start: node.pos, end: node.end };
      for (const parameter of node.parameters) this.parameter(parameter, scope);
      ts.forEachChild(node, (child) => this.visit(child, scope, scope));
      return;
    }
    const inner = opensBlock(node) ? { start: node.pos, end: node.end } : block;
    ts.forEachChild(node, (child) => this.visit(child, inner, fn));
  }

  private variable(declaration: ts.VariableDeclaration, scope: Scope): void {
    const { name, initializer } = declaration;
    if (ts.isIdentifier(name)) {
      this.add(name.text, { kind: "value", values: initializer === undefined ? [] : [initializer], scope });
    } else {
      for (const part of namesIn(name)) this.add(part, { kind: "part", of: initializer, scope });
    }
  }

  private loopVariable(node: ts.ForOfStatement): void {
    const scope: Scope = { start: node.pos, end: node.end };
    if (!ts.isVariableDeclarationList(node.initializer)) return;
    for (const { name } of node.initializer.declarations) {
      for (const part of namesIn(name)) this.add(part, { kind: "element", of: node.expression, scope });
    }
  }

  private parameter(node: ts.ParameterDeclaration, scope: Scope): void {
    for (const name of namesIn(node.name)) this.add(name, { kind: "parameter", node, scope });
  }

  private importNames(node: ts.ImportDeclaration, scope: Scope): void {
    if (!ts.isStringLiteral(node.moduleSpecifier)) return;
    const module = node.moduleSpecifier.text;
    const clause = node.importClause;
    if (clause?.name !== undefined) this.add(clause.name.text, { kind: "import", module, name: "*", scope });
    const bindings = clause?.namedBindings;
    if (bindings === undefined) return;
    if (ts.isNamespaceImport(bindings))
      this.add(bindings.name.text, { kind: "import", module, name: "*", scope });
    else {
      for (const element of bindings.elements) {
        const name = (element.propertyName ?? element.name).text;
        this.add(element.name.text, { kind: "import", module, name, scope });
      }
    }
  }

  private add(name: string, binding: Binding): void {
    const known = this.byName.get(name);
    if (known === undefined) this.byName.set(name, [binding]);
    else known.push(binding);
  }
}

function namesIn(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []));
}

function opensBlock(node: ts.Node): boolean {
  return (
    ts.isBlock(node) ||
    ts.isForStatement(node) ||
    ts.isForOfStatement(node) ||
    ts.isForInStatement(node) ||
    ts.isCaseBlock(node) ||
    ts.isCatchClause(node)
  );
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.EqualsToken || kind === ts.SyntaxKind.PlusEqualsToken;
}

/** `require("x")`, `await import("x")` and members of either. */
function requiredModule(node: ts.Expression): string | undefined {
  const inner = ts.isAwaitExpression(node) ? node.expression : node;
  if (ts.isPropertyAccessExpression(inner)) return requiredModule(inner.expression);
  if (!ts.isCallExpression(inner)) return undefined;
  const isLoad =
    inner.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(inner.expression) && inner.expression.text === "require");
  const argument = inner.arguments[0];
  return isLoad && argument !== undefined && ts.isStringLiteralLike(argument)
    ? argument.text.replace(/^node:/, "")
    : undefined;
}

/** `c` of `a.b.c`. */
export function lastName(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  return ts.isPropertyAccessExpression(node) ? node.name.text : undefined;
}
